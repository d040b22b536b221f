# bash completion for touchsts; install as /usr/share/bash-completion/completions/touchsts
_touchsts() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local request="--profile --region --role-arn --mfa-serial --yubikey --oath-account --pcsc-reader --duration-seconds --session-duration --role-session-name
    --external-id --source-identity --policy --policy-arn --transitive-tag-key --tag --provided-context --endpoint-url --saml-endpoint --saml-provider --saml-username --saml-origins --saml-role-arn --key-file --key-fd --passphrase-fd"
  local credentials="$request --token-code --token-code-file --token-code-fd --saml-password-fd --no-cache --renew --renew-session"
  local global="--help --version --config --log-level --log-file --no-prompt --timeout --no-color"
  local words
  case $previous in
    --profile | -p)
      words=$(sed -nE 's/^\[(profile )?([^] ]+)\].*/\2/p' "${AWS_CONFIG_FILE:-$HOME/.aws/config}" 2>/dev/null) ;;
    --log-level) words="error warn info debug trace" ;;
    --format) words="text json env ini powershell fish windows-cmd" ;;
    --config | --log-file | --key-file | --old-key-file | --token-code-file | --token-file | --uri-file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    config) words="show check explain" ;;
    cache) words="list clear status lock unlock rekey" ;;
    --provider | --saml-provider) words="okta adfs form browser" ;;
    --remove) words="passphrase secret-service" ;;
    keys) words="import export password list remove" ;;
    dialects) words="install" ;;
    mfa) words="enroll resync list" ;;
    oath) words="info list code add delete rename password reset" ;;
    *)
      case ${COMP_WORDS[1]} in
        credential-process | process) words="$credentials $global" ;;
        saml) words="$credentials $global --endpoint --username --provider --role" ;;
        login) words="$credentials $global --write" ;;
        exec) words="$credentials $global --serve" ;;
        serve) words="$credentials $global --format --port --token-file" ;;
        export) words="$credentials $global --format" ;;
        logout) words="$request $global --unwrite" ;;
        dialects) words="$global --dir" ;;
        migrate) words="$global --apply" ;;
        config) words="$request $global --format" ;;
        cache | doctor) words="$global --format --key-file --key-fd --passphrase-fd --for --old-key-file" ;;
        keys) words="$global --profile --keep --to-section --saml-password-fd --clear --force --format --key-file --key-fd --passphrase-fd" ;;
        setup) words="profile --profile $global --secret-service --passphrase --passphrase-fd --pbkdf2 --remove" ;;
        mfa) words="$request $global --name --backup-yubikey --no-touch --show-seed --format" ;;
        oath) words="$global --yubikey --pcsc-reader --format --uri-file --name --issuer --digits --period --algorithm --oath-type --counter --secret-fd --no-touch --force --clear" ;;
        *) words="credential-process login logout export exec serve saml config cache keys setup oath mfa dialects migrate doctor $global" ;;
      esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _touchsts touchsts
