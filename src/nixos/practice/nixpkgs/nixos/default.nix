# NixOS, as far as it can be practised: the same interface, a few options, and a system that notes what
# it is asked for.
{ configuration }:
let
  root = builtins.readFile ../root;
  pkgs = import ../pkgs.nix { inherit root; };
  lib = import ../lib.nix;
  groups = builtins.fromTOML (builtins.readFile ../options.toml);
  listed = builtins.concatMap
    (kind: map (name: { inherit name; value = kind; }) groups.${kind})
    (builtins.attrNames groups);
  kinds = builtins.listToAttrs listed // {
    "boot.kernelPackages" = "attribute set";
    "fileSystems" = "attribute set";
    "system.activationScripts" = "attribute set";
    "swapDevices" = "list of attribute set";
    "users.users" = "attribute set";
  };
  result = import ../modules.nix { inherit kinds; args = { inherit lib pkgs; }; } configuration;
  inherit (result) config options;
  kernel = (if config.boot.kernelPackages == { } then pkgs.linuxPackages else config.boot.kernelPackages).kernel;
  path = pkgs.sh "system-path" ''
    mkdir -p $out/bin
    for package in $packages; do ln -sf $package/bin/* $out/bin/; done
  '' { packages = config.environment.systemPackages; };
  toplevel = assert result.sound; pkgs.sh "nixos-system-practice-26.05.3" ''
    mkdir -p $out/bin
    printf %s 26.05.3 >$out/nixos-version
    ln -s $kernel/bin/linux $out/kernel
    ln -s $path $out/sw
    printf %s "$settings" >$out/settings.json
    { cat "$activation"; printf '%s\n' "$scripts"; } >$out/bin/switch-to-configuration
    chmod +x $out/bin/switch-to-configuration
  '' {
    inherit kernel;
    path = path;
    activation = builtins.toFile "switch-to-configuration" (builtins.readFile ../switch-to-configuration);
    scripts = builtins.concatStringsSep "\n" (builtins.attrValues config.system.activationScripts);
    settings = builtins.toJSON {
      inherit (config.networking) hostId hostName;
      inherit (config.time) timeZone;
      bluetooth = config.hardware.bluetooth.enable;
    };
  };
in
{
  inherit options pkgs;
  config = config // { system = config.system // { build = { inherit toplevel; }; }; };
  system = toplevel;
}
