{ pkgs, ... }:
{
  services = {
    openssh = {
      enable = true;
      settings.PasswordAuthentication = false;
    };
    printing.enable = false;
  };
  networking = {
    hostName = "nested";
    firewall = {
      enable = true;
      allowedTCPPorts = [
        22 # ssh
        80
      ];
    };
  };
  environment = {
    systemPackages = with pkgs; [
      vim
      (python3.withPackages (p: [ p.numpy ]))
      ripgrep
    ];
    variables.EDITOR = "vim";
  };
}
