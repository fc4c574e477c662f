args:
{
  networking.hostName = "args";
  services.openssh.enable = true;
}
