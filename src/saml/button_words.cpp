#include "saml/button_words.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "codec/ascii.h"

namespace touchsts::saml {
namespace {

// Words with '|' between them: tables of pointers would be relocated at every start.
using Words = std::string_view;

template <typename Predicate>
bool any_of(Words words, const Predicate& predicate) {
  while (true) {
    const auto end = words.find('|');
    if (predicate(words.substr(0, end))) {
      return true;
    }
    if (end == Words::npos) {
      return false;
    }
    words.remove_prefix(end + 1);
  }
}

bool contains(Words words, const std::string& word) {
  return any_of(words, [&word](std::string_view one) { return one == word; });
}

// Whole words that refuse where they are the first one.
constexpr Words kNo = "no|nein|non|nee|nej|nei|nie|ne|não|nao|nem|ei|nu|нет|Нет|НЕТ|ні|Ні|όχι|Όχι|hayır|hayir";

// Whole words that refuse, or turn what follows around, wherever they are: "Don't allow", "I do not agree".
constexpr Words kNot =
    "not|stop|don't|dont|don\u2019t|wasn't|wasn\u2019t|isn't|never|back|exit|quit|nicht|pas|niet|inte|ikke|не|"
    "Не";

// Beginnings of words that refuse, go back, or sign out. Alphabets that have capitals leave the first letter out.
constexpr Words kRefusing =
    "deny|denied|disapprov|discontinu|refus|disagree|disallow|abort|logout|logoff|signout|close|revoke|report|block|"
    "leave|withdraw|dismiss|disconnect|unlink|forget|opt-out|optout|verlass|beend|trenn|quitter|salir|esci|sair|"
    "abbrech|"
    "abbruch|ablehn|verweiger|zurück|abmeld|schließ|annul|rejet|déclin|retour|déconne|fermer|rechaz|deneg|"
    "volver|cerrar|rejeit|recus|negar|voltar|rifiut|nega|indietro|weiger|afwijz|terug|odrzu|anuluj|anular|"
    "odmów|wróć|odmít|nesouhlas|zruš|zrus|avbryt|neka|avvis|afvis|avslå|tilbage|tillbaka|tilbake|peruuta|"
    "hylk|reddet|iptal|elutas|mégse|renunț|respinge";
constexpr Words kRefusingInside =
    "тмен|тклон|тказ|азад|ыйти|касува|ідхил|κύρωση|πόρριψη|いいえ|キャンセル|拒否|しない|戻る|取消|拒绝|拒絕|不|返回|"
    "취소|거부|아니|않|"
    "뒤로|ביטול|إلغاء|رفض|sign out|sign off|log out|log off|opt out|cancel|reject|declin";

// Whole words that agree where they are the first one.
constexpr Words kYes = "yes|ok|okay|ja|oui|si|sí|sì|sim|tak|ano|da|igen|evet|да|Да";

constexpr Words kGoingOn =
    "agree|allow|confirm|next|submit|sign|log|consent|grant|weiter|fortfahr|akzept|zustimm|erlaub|"
    "bestätig|anmeld|suivant|autoris|valider|acept|siguiente|permitir|aceit|avançar|accett|avanti|"
    "prosegui|conferm|akkoord|doorgaan|volgende|dalej|zgadz|akcept|pokrač|fortsätt|fortsett|fortsæt|"
    "godkänn|godta|jatka|hyväksy|kyllä|devam|tovább";
constexpr Words kGoingOnInside =
    "proceed|accept|continu|approv|родолж|ринять|алее|はい|続行|同意|次へ|继续|確定|确定|繼續|계속|확인|동의";

std::vector<std::string> words_of(std::string_view label) {
  constexpr std::string_view kBetween = " \t\r\n,.;:!?()[]/|\"";
  std::vector<std::string> words;
  while (true) {
    const auto first = label.find_first_not_of(kBetween);
    if (first == std::string_view::npos) {
      return words;
    }
    label.remove_prefix(first);
    const auto size = std::min(label.size(), label.find_first_of(kBetween));
    words.push_back(codec::lower(label.substr(0, size)));
    label.remove_prefix(size);
  }
}

bool begins(const std::string& word, Words beginnings) {
  return any_of(beginnings, [&word](std::string_view beginning) { return word.starts_with(beginning); });
}

bool has_inside(std::string_view label, Words parts) {
  return any_of(parts, [text = codec::lower(label)](std::string_view part) { return text.contains(part); });
}

}  // namespace

bool says_no(std::string_view label) {
  const auto words = words_of(label);
  const auto refuses = [](const std::string& word) { return begins(word, kRefusing) || contains(kNot, word); };
  return (!words.empty() && contains(kNo, words.front())) || std::ranges::any_of(words, refuses) ||
         has_inside(label, kRefusingInside);
}

bool says_yes(std::string_view label) {
  const auto goes_on = [](const std::string& word) { return begins(word, kGoingOn); };
  const auto words = words_of(label);
  return !says_no(label) && ((!words.empty() && contains(kYes, words.front())) || std::ranges::any_of(words, goes_on) ||
                             has_inside(label, kGoingOnInside));
}

bool signs_out(std::string_view text) {
  constexpr Words kLeaving =
      "logout|log out|log_out|log-out|logoff|log off|signout|sign out|sign_out|sign-out|signoff|abmeld|"
      "déconne|deconne|cerrar ses|ыйти";
  return has_inside(text, kLeaving);
}

}  // namespace touchsts::saml
