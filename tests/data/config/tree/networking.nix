{ ... }: {
  imports = [ ./configuration.nix ]; # round in a circle
  networking.hostName = "tree";
  networking.firewall.enable = true;
}
