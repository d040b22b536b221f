# fish completion for touchsts; install in ~/.config/fish/completions
set -l commands credential-process process login logout export exec serve saml config cache keys setup oath mfa dialects migrate doctor
set -l credentials credential-process process login export exec serve saml
complete -c touchsts -f
complete -c touchsts -n "not __fish_seen_subcommand_from $commands" -a "credential-process login logout export exec serve saml config cache keys setup oath mfa dialects migrate doctor"
complete -c touchsts -n "__fish_seen_subcommand_from config" -a "show check explain"
complete -c touchsts -n "__fish_seen_subcommand_from cache" -a "list clear status lock unlock rekey"
complete -c touchsts -n "__fish_seen_subcommand_from keys" -a "import export password list remove"
complete -c touchsts -n "__fish_seen_subcommand_from dialects" -a install
complete -c touchsts -n "__fish_seen_subcommand_from dialects" -l dir -r -F
complete -c touchsts -n "__fish_seen_subcommand_from migrate" -l apply
complete -c touchsts -n "__fish_seen_subcommand_from setup" -a profile
complete -c touchsts -n "__fish_seen_subcommand_from login" -l write -x
complete -c touchsts -n "__fish_seen_subcommand_from logout" -l unwrite -x
complete -c touchsts -n "__fish_seen_subcommand_from keys" -l keep
complete -c touchsts -n "__fish_seen_subcommand_from keys" -l to-section -x
complete -c touchsts -n "__fish_seen_subcommand_from mfa" -a "enroll resync list"
complete -c touchsts -n "__fish_seen_subcommand_from oath" -a "info list code add delete rename password reset"
complete -c touchsts -n "__fish_seen_subcommand_from exec" -l serve
complete -c touchsts -n "__fish_seen_subcommand_from serve" -l port -x
complete -c touchsts -s p -l profile -x -a "(sed -nE 's/^\[(profile )?([^] ]+)\].*/\2/p' ~/.aws/config 2>/dev/null)"
complete -c touchsts -l format -x -a "text json env ini powershell fish windows-cmd"
complete -c touchsts -l log-level -x -a "error warn info debug trace"
for option in config log-file key-file old-key-file token-code-file token-file uri-file
  complete -c touchsts -l $option -r -F
end
for option in region role-arn mfa-serial yubikey oath-account pcsc-reader duration-seconds session-duration role-session-name external-id source-identity policy policy-arn tag transitive-tag-key provided-context endpoint-url saml-endpoint saml-username saml-origins saml-role-arn timeout
  complete -c touchsts -l $option -x
end
for option in endpoint username role
  complete -c touchsts -n "__fish_seen_subcommand_from saml" -l $option -x
end
complete -c touchsts -n "__fish_seen_subcommand_from saml" -l provider -x -a "okta adfs form browser"
complete -c touchsts -l saml-provider -x -a "okta adfs form browser"
for option in token-code token-code-fd saml-password-fd
  complete -c touchsts -n "__fish_seen_subcommand_from $credentials" -l $option -x
end
for option in no-cache renew renew-session
  complete -c touchsts -n "__fish_seen_subcommand_from $credentials" -l $option
end
for option in name no-touch show-seed backup-yubikey
  complete -c touchsts -n "__fish_seen_subcommand_from mfa" -l $option
end
for option in name no-touch force clear
  complete -c touchsts -n "__fish_seen_subcommand_from oath keys" -l $option
end
for option in issuer digits period algorithm oath-type counter secret-fd
  complete -c touchsts -n "__fish_seen_subcommand_from oath" -l $option
end
for option in secret-service passphrase pbkdf2
  complete -c touchsts -n "__fish_seen_subcommand_from setup" -l $option
end
complete -c touchsts -n "__fish_seen_subcommand_from setup" -l remove -x -a "passphrase secret-service"
complete -c touchsts -n "__fish_seen_subcommand_from cache" -l for -x
for option in key-fd passphrase-fd
  complete -c touchsts -l $option -x
end
for option in help version no-prompt no-color
  complete -c touchsts -l $option
end
