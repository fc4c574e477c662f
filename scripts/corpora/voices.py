"""The synthetic voices that speak corpora: Piper's, through nixvox, three of espeak-ng and three of flite."""

import re
import subprocess

PIPER = ("piper", "en_US-joe-medium")
VOICES = [
    PIPER,
    ("espeak-ng", "en-us"),
    ("flite", "slt"),
    PIPER,
    ("espeak-ng", "en-gb"),
    ("flite", "rms"),
    PIPER,
    ("espeak-ng", "en-us+f3"),
    ("flite", "awb"),
]
# letters in a row; in lower case "a" would be an article
SPELLED = re.compile(r"\b(?:[a-z] )+[a-z]\b(?!')")


def speak(voice, text, path, nixvox):
    engine, name = voice
    text = SPELLED.sub(lambda letters: letters[0].upper(), text)
    if engine == "piper":
        command = [nixvox, "say", text, "--voice", name, "--out", path]
    elif engine == "flite":
        command = ["flite", "-voice", name, "-t", text, "-o", path]
    else:
        command = ["espeak-ng", "-v", name, "-s", "155", "-w", path, text]
    subprocess.run(command, check=True)
