"""Mails, as files of their own (EML) and as Outlook keeps them (MSG)."""
