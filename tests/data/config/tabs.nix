{ pkgs, ... }:
{
	services.openssh.enable = true;
	networking = {
		hostName = "tabs";
		firewall.allowedTCPPorts = [
			22
		];
	};
	environment.systemPackages = with pkgs; [
		git
	];
}
