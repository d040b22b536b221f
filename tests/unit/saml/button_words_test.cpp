#include "saml/button_words.h"

#include <doctest/doctest.h>

namespace touchsts::saml {

TEST_CASE("buttons that say no") {
  for (const std::string_view label : {"Reject",
                                       "REJECT",
                                       "Cancel",
                                       "Deny",
                                       "Decline",
                                       "No",
                                       "No, thanks",
                                       "Don't allow",
                                       "Don\u2019t allow",
                                       "Not now",
                                       "I do not agree",
                                       "Disagree",
                                       "Disapprove",
                                       "Discontinue",
                                       "Sign out",
                                       "Log out",
                                       "Back",
                                       "Close",
                                       "Leave",
                                       "Leave this page",
                                       "Opt out",
                                       "Dismiss",
                                       "Stop",
                                       "Beenden",
                                       "Quitter",
                                       "Salir",
                                       "Ablehnen",
                                       "Abbrechen",
                                       "Nein",
                                       "Nicht zustimmen",
                                       "Zurück",
                                       "Refuser",
                                       "Annuler",
                                       "Non",
                                       "Je n'accepte pas",
                                       "Rechazar",
                                       "Cancelar",
                                       "No acepto",
                                       "Recusar",
                                       "Não",
                                       "Rifiuta",
                                       "Annulla",
                                       "Weigeren",
                                       "Nee",
                                       "Odrzuć",
                                       "Anuluj",
                                       "Nie zgadzam się",
                                       "Odmítnout",
                                       "Nesouhlasím",
                                       "Avbryt",
                                       "Nej",
                                       "Peruuta",
                                       "Reddet",
                                       "Hayır",
                                       "Отмена",
                                       "Отклонить",
                                       "Нет",
                                       "キャンセル",
                                       "同意しない",
                                       "取消",
                                       "不同意",
                                       "취소",
                                       "AttributeReleaseRejected",
                                       "_eventId_cancel"}) {
    CHECK_MESSAGE(says_no(label), label);
    CHECK_FALSE_MESSAGE(says_yes(label), label);
  }
}

TEST_CASE("buttons that go on") {
  for (const std::string_view label :
       {"Yes",      "Yes, continue", "OK",     "Continue",   "Accept",  "I agree",   "Allow", "Approve",   "Next",
        "Sign in",  "Log in",        "Submit", "Ja",         "Weiter",  "Zustimmen", "Oui",   "Autoriser", "Sí",
        "Aceptar",  "Continuar",     "Sim",    "Accetta",    "Avanti",  "Akkoord",   "Tak",   "Dalej",     "Ano",
        "Fortsätt", "Hyväksy",       "Devam",  "Продолжить", "Принять", "はい",      "続行",  "同意する",  "继续",
        "계속"}) {
    CHECK_MESSAGE(says_yes(label), label);
    CHECK_FALSE_MESSAGE(says_no(label), label);
  }
  for (const std::string_view neither :
       {"", "Use a backup code", "Send SMS", "Notify me", "English", "Nokia", "Information", "Stopwatch"}) {
    CHECK_FALSE_MESSAGE(says_no(neither), neither);
    CHECK_FALSE_MESSAGE(says_yes(neither), neither);
  }
}

TEST_CASE("ways out") {
  CHECK(signs_out("Log out"));
  CHECK(signs_out("/idp/logout?x"));
  CHECK_FALSE(signs_out("/login"));
}

}  // namespace touchsts::saml
