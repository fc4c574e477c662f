# From the path of an option, as names: from NixOS to what that is set to, in JSON.
path: system:
let
  inherit (builtins) attrNames concatStringsSep head isAttrs isBool isFunction isList isString map parseDrvName tail toJSON;
  select = set: names:
    if names == [ ] then { found = true; value = set; }
    else if isAttrs set && set ? ${head names} then select set.${head names} (tail names)
    else { found = false; };
  # as a Nix literal, as far as there is one
  show = depth: value:
    if isString value then toJSON value
    else if isBool value then (if value then "true" else "false")
    else if value == null then "null"
    else if isList value then "[ ${concatStringsSep " " (map (show (depth - 1)) value)} ]"
    else if isFunction value then "a function"
    else if isAttrs value && value.type or null == "derivation" then value.pname or (parseDrvName value.name).name
    else if isAttrs value && depth < 1 then "{ … }"
    else if isAttrs value then "{ ${concatStringsSep " " (map (name: "${name} = ${show (depth - 1) value.${name}};") (attrNames value))} }"
    else toString value;
  option = select system.options path;
  found = select system.config path;
in
toJSON (
  if !found.found then null
  else {
    value = show 2 found.value;
    items = if isList found.value then map (show 1) found.value else null;
    default = (option.value.highestPrio or 0) >= 1500;
  }
)
