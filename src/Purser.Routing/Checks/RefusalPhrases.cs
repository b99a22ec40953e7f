namespace Purser.Routing.Checks;

/// <summary>
/// The words that models refuse with, at the beginning of an answer. Few and plain on purpose: a refusal in other words passes, so that what isn't one
/// is hardly ever taken for one.
/// </summary>
public static class RefusalPhrases
{
    // A long answer says what it can after it has said what it can't.
    private const int LongestRefusal = 1200;

    // What may come before: an apology.
    private static readonly string[] Openers =
    [
        "i'm sorry",
        "i am sorry",
        "i'm really sorry",
        "i'm very sorry",
        "sorry",
        "i apologize",
        "i apologise",
        "my apologies",
        "apologies",
        "unfortunately",
        "es tut mir leid",
        "tut mir leid",
        "entschuldigung",
        "leider",
        "je suis désolé",
        "je suis désolée",
        "désolé",
        "désolée",
        "malheureusement",
        "lo siento",
        "lo siento mucho",
        "lamento",
        "mi dispiace",
        "sono spiacente",
        "purtroppo",
        "desculpe",
        "sinto muito",
        "lamento muito",
        "infelizmente",
        "het spijt me",
        "sorry",
        "helaas",
        "przykro mi",
        "przepraszam",
        "niestety",
        "извините",
        "к сожалению",
        "простите",
        "很抱歉",
        "抱歉",
        "对不起",
        "申し訳ありませんが",
        "申し訳ございませんが",
        "申し訳ありません",
        "申し訳ございません",
        "恐れ入りますが",
        "죄송합니다",
        "죄송하지만",
        "죄송합니다만",
        "미안하지만",
    ];

    // What may stand between the apology and the refusal.
    private static readonly string[] Links =
    [
        "but",
        "as an ai language model",
        "as an ai assistant",
        "as an ai",
        "as a language model",
        "aber",
        "als ki",
        "als ki-sprachmodell",
        "mais",
        "en tant qu'ia",
        "pero",
        "como ia",
        "ma",
        "mas",
        "maar",
        "ale",
        "но",
        "но я",
        "但是",
        "但",
        "作为一个ai",
        "作为ai",
        "作为一个人工智能",
        "作为人工智能",
    ];

    private static readonly string[] Refusals =
    [
        // English
        "i can't help with",
        "i cannot help with",
        "i can't help you with",
        "i cannot help you with",
        "i can't assist",
        "i cannot assist",
        "i'm unable to help",
        "i am unable to help",
        "i'm unable to assist",
        "i am unable to assist",
        "i'm not able to help",
        "i am not able to help",
        "i'm not able to assist",
        "i am not able to assist",
        "i won't be able to help",
        "i won't be able to assist",
        "i won't help",
        "i will not help",
        "i can't comply",
        "i cannot comply",
        "i can't fulfill",
        "i cannot fulfill",
        "i can't fulfil",
        "i cannot fulfil",
        "i must decline",
        "i have to decline",
        "i need to decline",
        "i can't do that",
        "i cannot do that",
        "i can't provide",
        "i cannot provide",
        "i'm unable to provide",
        "i am unable to provide",
        "i'm not able to provide",
        "i can't create",
        "i cannot create",
        "i can't generate",
        "i cannot generate",
        "i can't write",
        "i cannot write",
        "i can't discuss",
        "i cannot discuss",
        "i can't engage",
        "i cannot engage",
        "i can't continue with",
        "i cannot continue with",
        "i can't support",
        "i can't process this",
        "i cannot process this",
        "i can't answer that",
        "i cannot answer that",
        "i can't share",
        "i cannot share",
        "i can't complete this",
        "i cannot complete this",
        "i'm unable to complete",
        "i am unable to complete",
        "i can't respond to",
        "i cannot respond to",
        "i won't write",
        "i won't provide",
        "i won't create",
        "i'm not going to help",
        // German
        "ich kann dir dabei nicht helfen",
        "ich kann ihnen dabei nicht helfen",
        "dabei kann ich nicht helfen",
        "dabei kann ich dir nicht helfen",
        "dabei kann ich ihnen nicht helfen",
        "ich kann dabei nicht helfen",
        "ich kann bei dieser anfrage nicht",
        "ich kann diese anfrage nicht",
        "ich kann dieser bitte nicht",
        "ich kann das nicht",
        "das kann ich nicht",
        "ich darf das nicht",
        "ich kann hierbei nicht helfen",
        "kann ich dir dabei nicht helfen",
        "kann ich ihnen dabei nicht helfen",
        "kann ich dabei nicht helfen",
        "kann ich diese anfrage nicht",
        // French
        "je ne peux pas vous aider",
        "je ne peux pas t'aider",
        "je ne peux pas aider",
        "je ne peux pas répondre à cette demande",
        "je ne peux pas fournir",
        "je ne peux pas créer",
        "je ne peux pas générer",
        "je ne suis pas en mesure de",
        "je ne peux pas faire cela",
        // Spanish
        "no puedo ayudar",
        "no puedo ayudarte",
        "no puedo ayudarle",
        "no puedo proporcionar",
        "no puedo cumplir",
        "no puedo generar",
        "no puedo crear",
        "no me es posible ayudar",
        "no puedo hacer eso",
        // Italian
        "non posso aiutarti",
        "non posso aiutarla",
        "non posso aiutare",
        "non posso fornire",
        "non sono in grado di aiutar",
        "non posso soddisfare",
        // Portuguese
        "não posso ajudar",
        "não posso ajudá-lo",
        "não posso fornecer",
        "não consigo ajudar",
        "não posso atender",
        "não posso criar",
        // Dutch
        "ik kan je daar niet bij helpen",
        "ik kan u daar niet bij helpen",
        "ik kan je daarmee niet helpen",
        "ik kan u daarmee niet helpen",
        "ik kan hier niet bij helpen",
        "ik kan daar niet bij helpen",
        "ik kan niet helpen met",
        "daar kan ik niet bij helpen",
        "daar kan ik je niet bij helpen",
        "kan ik je daar niet bij helpen",
        "kan ik daar niet bij helpen",
        "kan ik u daar niet bij helpen",
        // Polish
        "nie mogę pomóc",
        "nie mogę ci pomóc",
        "nie mogę w tym pomóc",
        "nie jestem w stanie pomóc",
        "nie mogę spełnić",
        "nie mogę udzielić",
        // Russian
        "я не могу помочь",
        "не могу помочь",
        "я не могу вам помочь",
        "я не могу с этим помочь",
        "не могу с этим помочь",
        "я не могу выполнить",
        "не могу выполнить",
        "я не могу предоставить",
        "я не в состоянии помочь",
        // Chinese
        "我无法协助",
        "我无法帮助",
        "我无法提供",
        "我无法回答",
        "我无法满足",
        "我无法完成",
        "我不能提供",
        "我不能协助",
        "我不能帮助",
        "无法提供",
        "无法协助",
        "无法帮助",
        "无法满足",
        "我無法提供",
        "我無法協助",
        "我無法回答",
        "我不能回答",
    ];

    // In Japanese and Korean the verb comes last.
    private static readonly string[] Endings =
    [
        "お応えできません",
        "お応えすることはできません",
        "お手伝いできません",
        "お手伝いすることはできません",
        "お答えできません",
        "お答えすることはできません",
        "ご協力できません",
        "도와드릴 수 없습니다",
        "도와 드릴 수 없습니다",
        "제공할 수 없습니다",
        "답변할 수 없습니다",
        "응할 수 없습니다",
    ];

    private const int EndingWithin = 60;

    private static readonly string[] LongestFirst = [.. Openers.Distinct().OrderByDescending(phrase => phrase.Length)];
    private static readonly string[] LinksFirst = [.. Links.OrderByDescending(phrase => phrase.Length)];

    /// <summary>Whether an answer opens with the words of a refusal: an apology or none, and then that it can't or won't.</summary>
    /// <param name="answer">The whole text of the answer.</param>
    public static bool Opens(string answer)
    {
        const int looked = 200;
        var said = answer.TrimStart();
        if (said.Length is 0 or > LongestRefusal || IsQuote(said[0]) || said.Contains("```", StringComparison.Ordinal))
        {
            return false;
        }

        var text = Skip(said[..Math.Min(said.Length, looked)].Replace('’', '\'').ToLowerInvariant());
        var beginning = text[..Math.Min(text.Length, EndingWithin)].ToString();
        if (Array.Exists(Endings, ending => beginning.Contains(ending, StringComparison.Ordinal)))
        {
            return true;
        }

        for (var turn = 0; turn < 3; turn++)
        {
            if (StartsWithAny(text, Refusals) > 0)
            {
                return true;
            }

            var taken = StartsWithAny(text, turn == 0 ? LongestFirst : LinksFirst);
            taken = taken == 0 && turn == 0 ? StartsWithAny(text, LinksFirst) : taken;
            if (taken == 0)
            {
                return false;
            }

            text = Skip(text[taken..]);
        }

        return StartsWithAny(text, Refusals) > 0;
    }

    // Somebody else says it.
    private static bool IsQuote(char first) => first is '"' or '“' or '„' or '«' or '「' or '>';

    private static int StartsWithAny(ReadOnlySpan<char> text, string[] phrases)
    {
        foreach (var phrase in phrases)
        {
            if (text.StartsWith(phrase, StringComparison.Ordinal))
            {
                return phrase.Length;
            }
        }

        return 0;
    }

    private static ReadOnlySpan<char> Skip(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (at < text.Length && !char.IsLetterOrDigit(text[at]))
        {
            at++;
        }

        return text[at..];
    }
}
