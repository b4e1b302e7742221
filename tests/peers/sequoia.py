"""Sequoia through pysequoia as a stateless program, with the few commands of `sop` that the tests use.

usage: python3 sequoia.py COMMAND ...        (standard input to standard output)
"""

import sys
from importlib.metadata import version

from pysequoia import ArmorKind, Cert, CipherSuite, Profile, Tsk, armor, decrypt, encrypt


def armored(packets, kind):
    return str(armor(bytes(packets), kind)).encode()


def generate_key(_, kind, name):
    """generate-key --profile v4|v6|pq USERID"""
    kinds = {
        "v4": {"profile": Profile.RFC4880},
        "v6": {"profile": Profile.RFC9580},
        "pq": {"profile": Profile.RFC9580, "cipher_suite": CipherSuite.MLDSA65_Ed25519},
    }
    return armored(Tsk.generate(name, **kinds[kind]), ArmorKind.SecretKey)


def extract_cert():
    """extract-cert < KEY"""
    return armored(Tsk.from_bytes(sys.stdin.buffer.read()).extract_certificate(), ArmorKind.PublicKey)


def encrypt_for(_, __, key, ___, cert):
    """encrypt --no-armor --sign-with KEY -- CERT"""
    signer, to = Tsk.from_file(key).signer(), [Cert.from_file(cert)]
    return encrypt(sys.stdin.buffer.read(), to, signer, armor=False)


def decrypt_with(_, cert, __, verifications, ___, key):
    """decrypt --verify-with CERT --verifications-out FILE -- KEY"""
    opened = decrypt(
        bytes=sys.stdin.buffer.read(),
        decryptor=Tsk.from_file(key).decryptor(),
        store=lambda _: [Cert.from_file(cert)],
    )
    with open(verifications, "w") as out:
        out.write("\n".join(signature.certificate for signature in opened.valid_sigs))
    return opened.bytes


COMMANDS = {
    "version": lambda: f"pysequoia {version('pysequoia')}".encode(),
    "generate-key": generate_key,
    "extract-cert": extract_cert,
    "encrypt": encrypt_for,
    "decrypt": decrypt_with,
}

sys.stdout.buffer.write(COMMANDS[sys.argv[1]](*sys.argv[2:]))
