"""Model versions: trained on what people reviewed, compared, promoted and rolled back."""
