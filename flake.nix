{
  description = "nixvox: an offline, voice-driven assistant for Nix and NixOS";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAll = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      libraries = pkgs: [
        pkgs.alsa-lib
        pkgs.openssl
        pkgs.sonic
      ];
      tools = pkgs: [
        pkgs.cmake
        pkgs.pkg-config
        pkgs.rustPlatform.bindgenHook
      ];
    in
    {
      packages = forAll (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "nixvox";
          version = (nixpkgs.lib.importTOML ./Cargo.toml).package.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = tools pkgs ++ [ pkgs.makeWrapper ];
          buildInputs = libraries pkgs;
          env.WHISPER_DONT_GENERATE_BINDINGS = "1";
          doCheck = false; # the tests need models and a daemon: scripts/test
          postInstall = ''
            wrapProgram $out/bin/nixvox \
              --set-default ORT_DYLIB_PATH ${pkgs.onnxruntime}/lib/libonnxruntime.so \
              --set-default PIPER_ESPEAKNG_DATA_DIRECTORY ${pkgs.espeak-ng}/share
          '';
          meta = {
            description = "Offline, voice-driven assistant for Nix and NixOS";
            license = pkgs.lib.licenses.gpl3Plus;
            mainProgram = "nixvox";
          };
        };
      });

      devShells = forAll (pkgs: {
        default = pkgs.mkShell {
          packages = tools pkgs ++ [
            pkgs.cargo
            pkgs.clippy
            pkgs.nix
            pkgs.pulseaudio
            pkgs.rustc
            pkgs.rustfmt
            (pkgs.python3.withPackages (python: [ python.pip ]))
          ];
          buildInputs = libraries pkgs;
          ORT_DYLIB_PATH = "${pkgs.onnxruntime}/lib/libonnxruntime.so";
        };
      });
    };
}
