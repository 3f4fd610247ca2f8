"""Rough rates of currencies, for a shop that has set none: enough to tell a dear order from a usual one.

They are no rates to book by, and nobody updates them: a currency whose worth halves within a year is left
out.
"""

EURO = "EUR"

IN_EUROS = {
    EURO: 1.0,
    "AED": 0.235,
    "AUD": 0.56,
    "BGN": 0.511,
    "BHD": 2.29,
    "BRL": 0.16,
    "CAD": 0.62,
    "CHF": 1.07,
    "CLP": 0.0009,
    "CNY": 0.121,
    "COP": 0.00022,
    "CZK": 0.041,
    "DKK": 0.134,
    "GBP": 1.15,
    "HKD": 0.111,
    "HUF": 0.0026,
    "IDR": 0.000052,
    "ILS": 0.26,
    "INR": 0.0098,
    "ISK": 0.007,
    "JOD": 1.22,
    "JPY": 0.0057,
    "KRW": 0.0006,
    "KWD": 2.8,
    "MAD": 0.094,
    "MXN": 0.047,
    "MYR": 0.205,
    "NOK": 0.085,
    "NZD": 0.5,
    "OMR": 2.24,
    "PEN": 0.25,
    "PHP": 0.0147,
    "PLN": 0.235,
    "QAR": 0.237,
    "RON": 0.197,
    "RSD": 0.0085,
    "SAR": 0.23,
    "SEK": 0.091,
    "SGD": 0.66,
    "THB": 0.0265,
    "TND": 0.295,
    "TRY": 0.0205,
    "TWD": 0.028,
    "UAH": 0.0205,
    "USD": 0.86,
    "VND": 0.000033,
    "ZAR": 0.049,
}
"""What a unit of a currency was worth in euros in the autumn of 2025, to two or three digits."""
