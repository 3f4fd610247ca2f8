"""Public sets that are known by their columns, and what the page on them says."""

from __future__ import annotations

from gnn.table_import.guess.sample import Sample

KNOWN = {
    "IEEE-CIS: deploy/mappings/ieee_cis.yaml is made for it": ("TransactionID", "TransactionDT", "TransactionAmt", "card1", "addr1"),
    "PaySim: deploy/mappings/paysim.yaml says which of them must not be used": ("step", "nameOrig", "nameDest", "isFraud"),
    "Sparkov: deploy/mappings/sparkov.yaml is made for it": ("trans_date_trans_time", "cc_num", "trans_num", "merch_lat"),
    "Bank Account Fraud: deploy/mappings/baf.yaml is made for it": ("fraud_bool", "name_email_similarity", "velocity_6h", "month"),
    "TabFormer: deploy/mappings/tabformer.yaml is made for it": ("User", "Card", "Use Chip", "Merchant Name", "Is Fraud?"),
    "the Fraud Detection Handbook: deploy/mappings/handbook.yaml is made for it": ("TX_DATETIME", "TERMINAL_ID", "TX_FRAUD"),
}
"""What is said of a set, by some of its columns."""


def known_set(sample: Sample) -> str:
    """Return a comment that names the public set whose columns these are; empty if there is none."""
    names = {column.name for column in sample.columns}
    return "".join(f"# These are columns of {said}\n" for said, columns in KNOWN.items() if names.issuperset(columns))
