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
      # its pip fetches models
      python = pkgs: pkgs.python3.withPackages (python: [ python.pip ]);
    in
    {
      packages = forAll (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "nixvox";
          version = (nixpkgs.lib.importTOML ./Cargo.toml).package.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = tools pkgs ++ [
            pkgs.installShellFiles
            pkgs.makeWrapper
          ];
          buildInputs = libraries pkgs;
          env.WHISPER_DONT_GENERATE_BINDINGS = "1";
          doCheck = false; # the tests need models and a daemon: scripts/test
          postInstall = ''
            install -Dm644 contrib/org.nixvox.helper.policy -t $out/share/polkit-1/actions
            install -Dm644 contrib/org.nixvox.nixvox.desktop -t $out/share/applications
            install -Dm644 contrib/70-nixvox.rules -t $out/lib/udev/rules.d
            install -Dm644 contrib/nixvox.service -t $out/lib/systemd/user
            substituteInPlace $out/lib/systemd/user/nixvox.service \
              --replace-fail "ExecStart=%h/.local/bin/nixvox" "ExecStart=$out/bin/nixvox" \
              --replace-fail "ExecReload=kill" "ExecReload=${pkgs.coreutils}/bin/kill"
          ''
          + pkgs.lib.optionalString (pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform) ''
            $out/bin/nixvox docs made
            installManPage made/man/man1/*.1
            installShellCompletion --cmd nixvox \
              --bash made/completions/nixvox.bash \
              --fish made/completions/nixvox.fish \
              --zsh made/completions/_nixvox
          ''
          + ''
            wrapProgram $out/bin/nixvox \
              --prefix PATH : ${pkgs.lib.makeBinPath [ (python pkgs) ]} \
              --suffix PATH : ${pkgs.lib.makeBinPath [ pkgs.nix ]} \
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

      # what changes the system takes a helper of root's, whom polkit tells who may
      nixosModules.default =
        { config, lib, pkgs, ... }:
        let
          cfg = config.services.nixvox;
        in
        {
          options.services.nixvox = {
            enable = lib.mkEnableOption "nixvox, with the helper that changes the system for it";
            package = lib.mkOption {
              type = lib.types.package;
              default = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
              description = "The nixvox to use.";
            };
            configuration = lib.mkOption {
              type = lib.types.str;
              default = "/etc/nixos";
              description = "The directory whose files the helper may replace.";
            };
            readKeyboards = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = ''
                Whether those who sit at the machine may read its keyboards, for a hotkey without a
                portal or X11. Every program of theirs may then.
              '';
            };
            group = lib.mkOption {
              type = lib.types.nullOr lib.types.str;
              default = null;
              description = "The group that may ask the helper where there is no polkit.";
            };
          };
          config = lib.mkIf cfg.enable {
            # the package brings the polkit action, the companion's unit and the rule for keyboards
            environment.systemPackages = [ cfg.package ];
            systemd.packages = [ cfg.package ];
            services.udev.packages = lib.mkIf cfg.readKeyboards [ cfg.package ];
            security.polkit.enable = lib.mkDefault true;
            systemd.sockets.nixvox-helper = {
              wantedBy = [ "sockets.target" ];
              listenStreams = [ "/run/nixvox/helper.socket" ];
              socketConfig.SocketMode = "0666";
            };
            systemd.services.nixvox-helper = {
              # a switch must not end who does it
              restartIfChanged = false;
              stopIfChanged = false;
              serviceConfig = {
                ExecStart = lib.escapeShellArgs (
                  [
                    "${cfg.package}/bin/nixvox-helper"
                    "--configuration"
                    cfg.configuration
                  ]
                  ++ lib.optionals (cfg.group != null) [
                    "--group"
                    cfg.group
                  ]
                );
                StateDirectory = "nixvox";
                StateDirectoryMode = "0700";
                KillMode = "process";
              };
            };
          };
        };

      devShells = forAll (pkgs: {
        default = pkgs.mkShell {
          packages = tools pkgs ++ [
            pkgs.cargo
            pkgs.clippy
            pkgs.dbus
            pkgs.espeak-ng
            pkgs.flac
            pkgs.flite
            pkgs.nix
            pkgs.nodejs
            pkgs.pulseaudio
            (python pkgs)
            pkgs.rustc
            pkgs.rustfmt
            pkgs.speechd
            pkgs.strace
            pkgs.xdotool
            pkgs.xorg-server
          ];
          buildInputs = libraries pkgs;
          ORT_DYLIB_PATH = "${pkgs.onnxruntime}/lib/libonnxruntime.so";
        };
      });
    };
}
