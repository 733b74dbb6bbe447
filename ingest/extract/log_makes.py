"""Which program wrote a log, where no line names it: every program has lines of a form of its own."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

#: Form of a line | the program. The first form that a line fits names its program.
_TABLE: Final = (
    (r"^type=[A-Z_]+ msg=audit\(", "auditd"),
    (r"^(?:https?|h2|wss?|grpcs?) \d{4}-\d\d-\d\dT\S+Z (?:app|net)/", "aws-alb"),
    (r'"eventVersion": ?"1\.\d+".*"userIdentity"', "aws-cloudtrail"),
    (r"\b(?:Unsuccessful|Successful) 1FA authentication attempt|\bpath=/api/firstfactor\b", "authelia"),
    (r"\bauthentication failure for Baikal\b", "baikal"),
    (r"^\S+ \S+ - [0-9a-f]{32} - \[\d\d/\w{3}/\d{4}:", "bunkerweb"),
    (r'SecurityEvent="|\bres_security_log\.c', "asterisk"),
    (r"\bclient @0x[0-9a-f]+ \S+#\d+", "bind9"),
    (r'"downstream_local_address"', "envoy"),
    (r"\b(?:ACCEPT|CLOSE) host=\S+ port=\d+ fd=\d+", "endlessh"),
    (r"\brouters/(?:web|private|api)/|\.\.\.ers/(?:web|private|api)/", "gitea"),
    (r" \d+/\d+/\d+/\d+/\+?\d+ \d{3} \d+ \S+ \S+ [-A-Za-z]{4} \d+/\d+/\d+/\d+/\+?\d+ \d+/\d+", "haproxy"),
    (r"\[homeassistant\.|\bhomeassistant\.components\.", "home-assistant"),
    (r"\bMicrosoft-Windows-IIS", "iis"),
    (r"\bIN=\S* (?:OUT=\S* )?.*\bSRC=\S+ DST=\S+", "iptables"),
    (r"\bJellyfin\.", "jellyfin"),
    (r"\bOverseerr\b", "overseerr"),
    (r'^\{"t":\{"\$date"', "mongodb"),
    (r"\bLogon {2,}(?:Error: \d+, Severity|Login failed)", "mssql"),
    (r"\bModSecurity: ", "modsecurity"),
    (r'"reqId":".*"remoteAddr":".*"app":', "nextcloud"),
    (r"\[Gzip [^\]]*\] \[Sent-to ", "nginx-proxy-manager"),
    (r"\bodoo\.(?:addons|modules|http|service)\b", "odoo"),
    (r"\bOpenVPN \d|\bTLS Auth Error: |\bVERIFY (?:OK|ERROR): depth=", "openvpn"),
    (r"\[\d+\](?: \S+){0,6} (?:FATAL|LOG|ERROR|PANIC|STATEMENT|DETAIL|HINT): {2}", "postgresql"),
    (r"\bWebAPI login (?:failure|success)", "qbittorrent"),
    (r'"flow_id":\d+.*"event_type":"', "suricata"),
    (r"\bproject=\S+ user=\S+ .*\bClientHandler: ", "supavisor"),
    (r"\[(?:core|mpm_\w+|proxy\w*|ssl|auth\w*|authz_\w+|php\d?|cgi\w*):\w+\] \[pid \d+", "apache2"),
    (r"\[(?:emerg|alert|crit|error|warn|notice|info)\] \d+#\d+: ", "nginx"),
    (r"^\[GIN\] ", "gin"),
    (r"\borg\.apache\.hadoop\b|\bblk_-?\d{6,}", "hadoop"),
    (r"\bQuorumPeer\b|\borg\.apache\.zookeeper\b", "zookeeper"),
    (r"\borg\.apache\.spark\b|\bINFO (?:executor|storage|spark|scheduler)\.", "spark"),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \w+ +C(?:BS|SI) ", "windows-cbs"),
    (r"^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\d+ +\d+ [VDIWEF] ", "android"),
    (r"\b(?:nova|neutron|keystone|glance|cinder)\.\w+[\w.]* \[req-", "openstack"),
    (r"^\S+Z (?:stdout|stderr) [FP] ", "cri"),
)
_FORMS: Final = tuple((re.compile(form), program) for form, program in _TABLE)
#: `docker compose logs` puts the container before each line.
_CONTAINER: Final = re.compile(r"^([a-z][\w.-]{1,40}?)(?:-\d+)? +\| ")
_LINE: Final = 4000
_SAMPLE: Final = 60
#: What the system's own names stand for, where the form of the line says more.
_MASKS: Final = frozenset(("kernel", "mono", "java", "python", "node", "docker", "error"))


def program_of(lines: Sequence[str], named: str | None) -> str | None:
    """The program that most lines tell of by their form; `named` is what the lines call it themselves."""
    if named is not None and named.lower() not in _MASKS:
        return named
    sample = [line[:_LINE] for line in lines[:_SAMPLE]]
    boxes = Counter(match[1] for line in sample if (match := _CONTAINER.match(line)))
    if boxes and len(boxes) == 1 and sum(boxes.values()) * 2 > len(sample):
        return next(iter(boxes))
    told = Counter(next((p for form, p in _FORMS if form.search(line)), None) for line in sample)
    del told[None]
    best = told.most_common(1)
    if best and (best[0][1] * 5 >= len(sample) or best[0][1] >= 3):
        return best[0][0]
    return named
