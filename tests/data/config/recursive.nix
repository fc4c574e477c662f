rec {
  networking.hostName = "rec";
  networking.domain = "example.org";
  services.openssh.enable = true;
  environment.etc."motd".text = networking.hostName;
}
