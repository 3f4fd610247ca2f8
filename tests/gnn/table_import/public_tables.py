"""Synthetic tables with the columns and the spelling of public data sets."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

Table = tuple[list[str], list[list[object]]]
START = datetime(2019, 1, 1)


def ieee_cis(chance: random.Random) -> Table:
    names = ["TransactionID", "isFraud", "TransactionDT", "TransactionAmt", "ProductCD", *(f"card{i}" for i in range(1, 7))]
    names += ["addr1", "addr2", "dist1", "dist2", "P_emaildomain", "R_emaildomain", *(f"C{i}" for i in range(1, 15))]
    names += [*(f"D{i}" for i in range(1, 16)), *(f"M{i}" for i in range(1, 10)), *(f"V{i}" for i in range(1, 340))]

    def row(i: int) -> list[object]:
        card = [chance.randint(1000, 18000), chance.choice(["", "321.0"]), "150.0", chance.choice(["visa", "mastercard"]), "226.0", "debit"]
        first = [2987000 + i, int(i % 20 == 3), 86400 + 37 * i, chance.choice(["68.5", "29.0", "159.95"]), "W", *card]
        mail = [chance.choice(["gmail.com", ""]), ""]
        return [*first, chance.choice(["315.0", ""]), "87.0", "", "", *mail, *([1.0] * 14), *([""] * 15), *(["T"] * 9), *(["0.0"] * 339)]

    return names, [row(i) for i in range(60)]


def ieee_cis_joined(chance: random.Random) -> Table:
    names, rows = ieee_cis(chance)
    names = [*names, *(f"id_{i:02d}" for i in range(1, 39)), "DeviceType", "DeviceInfo"]
    return names, [[*row, *([""] * 38), *(["mobile", "SM-G892A Build/NRD90M"] if i % 4 == 0 else ["", ""])] for i, row in enumerate(rows)]


def paysim(chance: random.Random) -> Table:
    names = "step,type,amount,nameOrig,oldbalanceOrg,newbalanceOrig,nameDest,oldbalanceDest,newbalanceDest,isFraud,isFlaggedFraud"
    kinds = ["PAYMENT", "TRANSFER", "CASH_OUT", "CASH_IN", "DEBIT"]

    def row(i: int) -> list[object]:
        who, dest = f"C{1231006815 + i % 25}", f"{chance.choice('MC')}{1979787155 + i % 9}"
        return [
            1 + i // 2,
            kinds[i % 5],
            f"{chance.uniform(1, 9000):.2f}",
            who,
            "170136.0",
            "160296.36",
            dest,
            "0.0",
            "0.0",
            int(i % 20 == 3),
            0,
        ]

    return names.split(","), [row(i) for i in range(60)]


def sparkov(chance: random.Random) -> Table:
    names = ",trans_date_trans_time,cc_num,merchant,category,amt,first,last,gender,street,city,state,zip,lat,long,city_pop,job,dob"
    names += ",trans_num,unix_time,merch_lat,merch_long,is_fraud"

    def row(i: int) -> list[object]:
        time = START + timedelta(minutes=17 * i)
        who = [
            2703186189652095 + i % 7,
            f"fraud_Rippin, Kub and Mann {i % 5}",
            "misc_net",
            f"{chance.uniform(1, 400):.2f}",
            "Jennifer",
            "Banks",
        ]
        home = ["F", "561 Perry Cove", "Moravian Falls", "NC", 28654, 36.0788, -81.1781, 3495, "Psychologist, counselling", "1988-03-09"]
        return [i, time, *who, *home, f"0b242abb623afc578575680df3{i:06x}", 1325376018 + i, 36.011293, -82.048315, int(i % 20 == 3)]

    return names.split(","), [row(i) for i in range(60)]


def baf(chance: random.Random) -> Table:
    names = (
        "fraud_bool,income,name_email_similarity,prev_address_months_count,current_address_months_count,customer_age,days_since_request,"
    )
    names += "intended_balcon_amount,payment_type,zip_count_4w,velocity_6h,velocity_24h,velocity_4w,bank_branch_count_8w,"
    names += "date_of_birth_distinct_emails_4w,employment_status,credit_risk_score,email_is_free,housing_status,phone_home_valid,"
    names += "phone_mobile_valid,bank_months_count,has_other_cards,proposed_credit_limit,foreign_request,source,session_length_in_minutes,"
    names += "device_os,keep_alive_session,device_distinct_emails_8w,device_fraud_count,month"

    def row(i: int) -> list[object]:
        speed = [chance.uniform(100, 16000), chance.uniform(1000, 9000), chance.uniform(2000, 7000)]
        first = [int(i % 20 == 3), 0.3, chance.random(), -1, 25, 40, chance.random() / 50, chance.uniform(-1, 100), "AA", 1059, *speed]
        return [*first, 5, 5, "CB", 163, 1, "BC", 0, 1, 9, 0, 1500.0, 0, "INTERNET", 16.22, "linux", 1, 1, 0, i // 8]

    return names.split(","), [row(i) for i in range(60)]


def tabformer(chance: random.Random) -> Table:
    names = "User,Card,Year,Month,Day,Time,Amount,Use Chip,Merchant Name,Merchant City,Merchant State,Zip,MCC,Errors?,Is Fraud?"

    def row(i: int) -> list[object]:
        time = START + timedelta(hours=5 * i, minutes=21)
        when = [time.year, time.month, time.day, f"{time:%H:%M}"]
        amount = f"$-{chance.uniform(1, 99):.2f}" if i % 10 == 7 else f"${chance.uniform(1, 999):.2f}"
        shop = [chance.choice([3527213246127876953, -727612092139916043, 3414527459579106770]), "La Verne", "CA", "91750.0", 5300]
        return [i % 6, i % 2, *when, amount, "Swipe Transaction", *shop, "", "Yes" if i % 20 == 3 else "No"]

    return names.split(","), [row(i) for i in range(60)]


def elliptic(chance: random.Random) -> Table:
    def row(i: int) -> list[object]:
        return [230425980 + i, 230425980 + chance.randrange(60), 14 * (1 + i // 10), ["1", "2", "unknown", "2"][i % 4]]

    return ["txId1", "txId2", "day", "class"], [row(i) for i in range(60)]


def handbook(chance: random.Random) -> Table:
    names = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_TIME_SECONDS,TX_TIME_DAYS,TX_FRAUD,TX_FRAUD_SCENARIO"

    def row(i: int) -> list[object]:
        seconds = 4021 * i
        time, fraud = START + timedelta(seconds=seconds), int(i % 20 == 3)
        return [i, time, 596 + i % 12, 3156 + i % 7, f"{chance.uniform(1, 99):.2f}", seconds, seconds // 86400, fraud, 2 * fraud]

    return names.split(","), [row(i) for i in range(60)]


def aws_registration(chance: random.Random) -> Table:
    def row(i: int) -> list[object]:
        time = START + timedelta(hours=3 * i)
        label = "fraud" if i % 20 == 3 else "legit"
        return [f"192.0.2.{chance.randrange(20)}", f"user{i % 40}@example.com", f"{time:%Y-%m-%d %H:%M:%S}", label]

    return ["ip_address", "email_address", "EVENT_TIMESTAMP", "EVENT_LABEL"], [row(i) for i in range(60)]


def aws_transaction(chance: random.Random) -> Table:
    names = "EVENT_LABEL,EVENT_TIMESTAMP,LABEL_TIMESTAMP,ENTITY_ID,ENTITY_TYPE,EVENT_ID,card_bin,customer_name,billing_street,billing_city,"
    names += (
        "billing_state,billing_zip,billing_country,customer_job,ip_address,customer_email,phone,user_agent,product_category,order_price,"
    )
    names += "payment_currency,merchant"

    def row(i: int) -> list[object]:
        time = f"{START + timedelta(hours=3 * i):%Y-%m-%dT%H:%M:%SZ}"
        label = ["1", "0", "", "0"][i % 4]
        first = [
            label,
            time,
            time,
            f"{i % 13}-4512",
            "customer",
            f"e{i}",
            47839 + i % 5,
            "Ann Lee",
            f"{i % 9} Main St",
            "Springfield",
            "IL",
            "62704",
        ]
        rest = [
            "US",
            "Nurse",
            f"192.0.2.{i % 20}",
            f"u{i % 13}@example.com",
            "(555)784",
            f"Mozilla/5.0 ({i % 6})",
            "misc",
            "48.03",
            "USD",
            f"shop{i % 4}",
        ]
        return [*first, *rest]

    return names.split(","), [row(i) for i in range(60)]


def fraudecom(chance: random.Random) -> Table:
    names = "user_id,signup_time,purchase_time,purchase_value,device_id,source,browser,sex,age,ip_address,class"

    def row(i: int) -> list[object]:
        signup = START + timedelta(hours=i)
        who = [
            22058 + i,
            f"{signup:%Y-%m-%d %H:%M:%S}",
            f"{signup + timedelta(days=9):%Y-%m-%d %H:%M:%S}",
            34 + i % 5,
            f"QVPSPJUOCK{i % 11:03d}",
        ]
        return [*who, "SEO", "Chrome", "M", 39, f"{chance.choice([732758368, 52093, 3840542443])}.79972", int(i % 20 == 3)]

    return names.split(","), [row(i) for i in range(60)]


SETS: dict[str, Callable[[random.Random], Table]] = {
    made.__name__: made
    for made in (
        aws_registration,
        aws_transaction,
        baf,
        elliptic,
        fraudecom,
        handbook,
        ieee_cis,
        ieee_cis_joined,
        paysim,
        sparkov,
        tabformer,
    )
}
