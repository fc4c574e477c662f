{ pkgs, ... }:
{
  users.mutableUsers = false;
  users.users.linus.shell = pkgs.zsh;
  programs.zsh.enable = true;
}
