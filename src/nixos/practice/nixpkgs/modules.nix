# The module system, as far as options are of the few types that options.toml knows.
{ kinds, args }:
main:
let
  inherit (builtins) all any attrNames concatLists concatMap concatStringsSep elemAt filter foldl' groupBy
    head isAttrs isFunction isList isPath isString length map mapAttrs match seq split tail toJSON;

  # --- modules, with what they import
  load = file: module:
    let
      loaded = if isPath module || isString module then import module else module;
      name = if isPath module || isString module then toString module else file;
      value = if isFunction loaded then loaded (args // { config = unchecked; inherit options; }) else loaded;
      config = value.config or (removeAttrs value [ "imports" "options" "_file" ]);
    in
    [ { file = name; inherit config; } ] ++ concatMap (load name) (value.imports or [ ]);
  modules = load "«main»" main;

  # --- options
  declared = map (name: { inherit name; path = filter isString (split "\\." name); kind = kinds.${name}; }) (attrNames kinds);
  evaluated = map (option: option // rec {
    definitions = concatMap
      (module: map (definition: definition // { inherit (module) file; }) (find option.path module.config))
      modules;
    highestPrio = foldl' (least: d: if d.priority < least then d.priority else least) 1500 definitions;
    value = merge option (filter (d: d.priority == highestPrio) definitions);
  }) declared;
  nest = entries: mapAttrs
    (_: group:
      let leaf = filter (entry: length entry.path == 1) group; in
      if leaf != [ ] then (head leaf).value else nest (map (entry: entry // { path = tail entry.path; }) group))
    (groupBy (entry: head entry.path) entries);
  options = nest (map (option: { inherit (option) path; value = option; }) evaluated);
  unchecked = nest (map (option: { inherit (option) path value; }) evaluated);

  # --- definitions of one option in a module's value; a condition counts only where there is one
  find = path: value:
    let type = if isAttrs value then value._type or null else null; in
    if type == "if" then concatMap (found: if value.condition then [ found ] else [ ]) (find path value.content)
    else if type == "merge" then concatMap (find path) value.contents
    else if path == [ ] then [
      (if type == "override" then { inherit (value) priority; value = value.content; } else { priority = 100; inherit value; })
    ]
    else if isAttrs value && value ? ${head path} then find (tail path) value.${head path}
    else [ ];

  # --- types
  inner = opening: kind: let found = match "${opening} \\(?([^)]*)\\)?(;.*)?" kind; in if found == null then null else head found;
  takes = kind: value:
    let
      element = inner "list of" kind;
      orNull = inner "null or" kind;
    in
    if element != null then isList value && all (takes element) value
    else if orNull != null then value == null || takes orNull value
    else if kind == "boolean" then builtins.isBool value
    else if kind == "string" then isString value
    else if kind == "attribute set" then isAttrs value
    else if match ".*integer.*" kind != null then builtins.isInt value
    else true;
  default = kind:
    if inner "list of" kind != null then [ ]
    else if kind == "boolean" then false
    else if kind == "attribute set" then { }
    else if kind == "string" then ""
    else null;
  listed = definitions: concatStringsSep "\n" (map (d: "- In `${d.file}': ${shown d.value}") definitions);
  shown = value: if isFunction value then "<function>" else toJSON value;
  merge = option: definitions:
    let
      wrong = filter (d: !takes option.kind d.value) definitions;
      values = map (d: d.value) definitions;
    in
    if wrong != [ ] then
      throw "A definition for option `${option.name}' is not of type `${option.kind}'. Definition values:\n${listed wrong}"
    else if values == [ ] then option.default or (default option.kind)
    else if inner "list of" option.kind != null then concatLists values
    else if option.kind == "attribute set" then foldl' (a: b: a // b) { } values
    else if any (value: value != head values) values then
      throw "The option `${option.name}' has conflicting definition values:\n${listed definitions}"
    else head values;

  # --- what nothing declares
  strays = file: at: value:
    let
      type = if isAttrs value then value._type or null else null;
      below = concatMap (name: strays file (at ++ [ name ]) value.${name}) (attrNames value);
      isOption = any (option: option.path == at) declared;
      isAbove = any (option: length option.path > length at && starts at option.path) declared;
    in
    if isOption then [ ]
    else if type == "if" then strays file at value.content
    else if type == "merge" then concatMap (strays file at) value.contents
    else if isAttrs value && (at == [ ] || isAbove) then below
    else [ { name = concatStringsSep "." at; inherit file value; } ];
  starts = short: long: all (n: elemAt short n == elemAt long n) (builtins.genList (n: n) (length short));
  unknown = concatMap (module: strays module.file [ ] module.config) modules;
  check = if unknown == [ ] then null else
    throw "The option `${(head unknown).name}' does not exist. Definition values:\n${listed [ (head unknown) ]}";
in
{
  config = seq check unchecked;
  inherit options;
  # fails where any option is given what it does not take
  sound = all (option: seq option.value true) evaluated;
}
