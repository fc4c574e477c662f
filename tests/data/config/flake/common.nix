{ pkgs, ... }: {
  time.timeZone = "Europe/Athens";
  environment.systemPackages = with pkgs; [ git ];
}
