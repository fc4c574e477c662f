{ ... }:
{
  networking.hostName = "dots";
}
