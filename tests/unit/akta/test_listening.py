"""The socket that `akta serve` listens on."""

import asyncio
import socket

from akta.cli.serve import _listen


def test_answers_are_not_held_back() -> None:
    """Nagle's algorithm and delayed acknowledgements together would add 40 ms to each answer."""

    async def accepted() -> int:
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ours = writer.get_extra_info("socket")
            told.set_result(ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = _listen("127.0.0.1", 0)
        listener.listen()
        server = await asyncio.start_server(meet, sock=listener)
        async with server:
            _, writer = await asyncio.open_connection(*listener.getsockname())
            value = await asyncio.wait_for(told, 10)
            writer.close()
        return value

    assert asyncio.run(accepted())
