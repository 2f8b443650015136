"""Makes docs/fault-matrix.md of the lines that FaultMatrixTests writes: fault, moment, ending, ms."""

import sys

NAMES = {
    "refused": "connection refused",
    "blackHole": "black hole",
    "noSuchHost": "DNS failure",
    "notTLS": "no TLS behind https",
    "expiredCertificate": "TLS: expired certificate",
    "wrongHost": "TLS: certificate of another host",
    "selfSigned": "TLS: self-signed certificate",
    "reset": "reset",
    "slowHeaders": "slow headers",
    "stall": "stall",
    "cut": "cut",
    "shortBody": "short body",
    "brokenJSON": "broken JSON",
    "page": "a page of HTML",
    "errorInStream": "error inside a 200 stream",
    "emptyChoices": "empty choices",
    "status401": "401",
    "status402": "402",
    "status403": "403",
    "status404": "404 model",
    "limitInSeconds": "429, seconds",
    "limitByDate": "429, date",
    "limitInMilliseconds": "429, milliseconds",
    "absurdLimit": "429, absurd",
    "bareLimit": "429, no Retry-After",
    "storm500": "500",
    "storm502": "502",
    "storm503": "503",
    "storm529": "529",
    "flapping": "flapping",
    "redirect": "redirect to a private address",
    "gzipBomb": "gzip bomb",
    "endlessLine": "100 MB line",
}


def sign(ending: str) -> str:
    if ending == "answered: two":
        return "next tier"
    if ending == "answered: back":
        return "retried"
    if ending.startswith("answered"):
        return "whole"
    return ending.replace("error ", "").replace("stream_interrupted after", "interrupted after")


def main() -> None:
    cells: dict[str, dict[str, str]] = {}
    moments: list[str] = []
    count = 0
    for line in open(sys.argv[1], encoding="utf-8"):
        fault, moment, ending, milliseconds = line.rstrip("\n").split("\t")
        if moment not in moments:
            moments.append(moment)
        cells.setdefault(fault, {})[moment] = f"{sign(ending)}, {milliseconds} ms"
        count += 1
    order = ["before connect", "after connect", "after headers", "before the first token",
             "after the first token", "near the end", "during a retry", "during a probe"]
    moments.sort(key=order.index)
    print("# Fault matrix")
    print()
    print(f"Written by `scripts/fault-matrix`: {len(cells)} faults at up to {len(moments)} moments, "
          f"{count} requests over real HTTP on loopback.")
    print("The first of two tiers has the fault; during a retry it is the only one. Limits: 2 s to "
          "connect, 3 s to the first token, 3 s of silence.")
    print("`next tier`: the second tier answered. `retried`: a further try was answered. `whole`: the "
          "answer had come to its end by the protocol.")
    print("Errors are typed and carry what had been shown. An empty cell: the fault makes no sense "
          "there.")
    print()
    print("| fault | " + " | ".join(moments) + " |")
    print("| --- |" + " --- |" * len(moments))
    for fault, row in cells.items():
        print(f"| {NAMES.get(fault, fault)} | "
              + " | ".join(row.get(moment, "") for moment in moments) + " |")


main()
