using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>Counts over a text's words and signs, and the cues that its words give. One pass; used again for the next text.</summary>
internal sealed class TextScan
{
    private const int MaxHits = 2048;
    private const int LeadWords = 12;

    // Fewer words than these are hardly the request.
    private const int FewestAsked = 3;

    private readonly (Cue Cue, int Word, bool Begins)[] hits = new (Cue, int, bool)[MaxHits];
    private readonly float[] cues = new float[Cues.Count];
    private readonly int[] languages = new int[Enum.GetValues<Language>().Length];
    private readonly int[] scripts = new int[Enum.GetValues<Script>().Length];
    private int hitCount;
    private int lastLine;
    private int contentFrom;
    private bool isAtStart;
    private bool isAfterColon;
    private bool isBeginning;
    private bool wasBeginning;

    public int WordCount { get; private set; }
    public int Letters { get; private set; }
    public int Capitals { get; private set; }
    public int Numbers { get; private set; }
    public int Digits { get; private set; }
    public int MathsSigns { get; private set; }
    public int Brackets { get; private set; }
    public int Questions { get; private set; }
    public int Sentences { get; private set; }

    /// <summary>Whether the last sign but closing ones is a question mark.</summary>
    public bool EndsInQuestion { get; private set; }

    /// <summary>How many words or pairs say what must be.</summary>
    public int Constraints { get; private set; }

    /// <summary>How many words or pairs ask something.</summary>
    public int QuestionWords { get; private set; }

    /// <summary>The verb that leads the text.</summary>
    public Cue Lead { get; private set; }

    /// <summary>Whether it begins a sentence or stands behind a word of asking, as an order does; else it may as well be a noun.</summary>
    public bool IsLeadAnOrder { get; private set; }

    /// <summary>The verb that leads its last line, where it has several.</summary>
    public Cue LastLead { get; private set; }

    /// <summary>How sure a cue is, from 0 to 1: near the text's ends words are more likely an instruction.</summary>
    public float this[Cue cue] => cues[(int)cue];

    /// <summary>Reads a text.</summary>
    /// <param name="text">UTF-8; any bytes will do.</param>
    /// <param name="grams">Takes words and signs; null where they aren't wanted.</param>
    public void Read(ReadOnlySpan<byte> text, GramTable? grams)
    {
        Begin();
        var words = new Words(text);
        var before = 0UL;
        var end = 0;
        for (var word = words.Next(); word != Word.End; word = words.Next())
        {
            NoteGap(text[end..words.Start]);
            end = words.At;
            if (word == Word.Sign)
            {
                AddSign(words.Sign);
                grams?.Add(Words.HashOf(words.Sign), 0, words.Start);
                isAtStart = true;
                continue;
            }
            EndsInQuestion = false;
            if (word == Word.Number)
            {
                Numbers++;
                Digits += words.At - words.Start;
            }
            else
            {
                Letters += words.At - words.Start;
                Capitals += words.Capitals;
                scripts[(int)words.Script]++;
            }
            wasBeginning = isBeginning;
            isBeginning = isAtStart || words.Script != Script.Latin || Lexicon.IsOpener(before);
            AddMeaning(words.Hash, isPair: false);
            if (before != 0)
            {
                AddMeaning(Words.Pair(before, words.Hash), isPair: true);
            }
            grams?.Add(words.Hash, words.Stem, words.Start);
            before = words.Hash;
            (isAtStart, isAfterColon) = (false, false);
            WordCount++;
        }
        Weigh();
    }

    /// <summary>The share of the words that a script has.</summary>
    public float Share(Script script) => scripts[(int)script] / (float)Math.Max(1, WordCount - Numbers);

    /// <summary>The language that most stop words speak for; <see cref="Language.None"/> where they don't say.</summary>
    public Language GuessedLanguage
    {
        get
        {
            var best = Language.None;
            for (var language = Language.English; (int)language < languages.Length; language++)
            {
                best = languages[(int)language] > languages[(int)best] ? language : best;
            }
            return best;
        }
    }

    private void Begin()
    {
        Array.Clear(cues);
        Array.Clear(languages);
        Array.Clear(scripts);
        (hitCount, lastLine, contentFrom, isAtStart, isAfterColon) = (0, 0, int.MaxValue, true, false);
        (WordCount, Letters, Capitals, Numbers, Digits) = (0, 0, 0, 0, 0);
        (MathsSigns, Brackets, Questions, Sentences, Constraints, QuestionWords) = (0, 0, 0, 0, 0, 0);
        (EndsInQuestion, Lead, IsLeadAnOrder, LastLead) = (false, Cue.None, false, Cue.None);
        (isBeginning, wasBeginning) = (false, false);
    }

    // A new line may begin what the user wants; a blank one, or a quotation mark or a line after a colon, what it's wanted of.
    private void NoteGap(ReadOnlySpan<byte> gap)
    {
        var line = gap.IndexOf((byte)'\n');
        if (line < 0)
        {
            return;
        }
        isAtStart = true;
        lastLine = WordCount > 0 ? WordCount : lastLine;
        if (contentFrom == int.MaxValue && WordCount >= FewestAsked && (isAfterColon || gap[(line + 1)..].Contains((byte)'\n')))
        {
            contentFrom = WordCount;
        }
    }

    private void AddMeaning(ulong hash, bool isPair)
    {
        if (!Lexicon.TryFind(hash, out var meaning))
        {
            return;
        }
        languages[(int)meaning.Language] += meaning.Language == Language.None ? 0 : 1;
        // 'which' and the like ask where a sentence begins.
        if (meaning.Cue == Cue.None || (meaning.Cue == Cue.Ask && !isPair && !isAtStart && WordCount > 2))
        {
            return;
        }
        // A pair says better what its words say alone.
        while (isPair && hitCount > 0 && hits[hitCount - 1].Word >= WordCount - 1)
        {
            hitCount--;
        }
        Constraints += meaning.Cue == Cue.Must ? 1 : 0;
        QuestionWords += meaning.Cue == Cue.Ask ? 1 : 0;
        if (hitCount == MaxHits)
        {
            // Of very many the newest are as good as any.
            hitCount = MaxHits / 2;
        }
        hits[hitCount++] = (meaning.Cue, WordCount, isPair ? wasBeginning : isBeginning);
    }

    private void AddSign(Rune sign)
    {
        isAfterColon = sign.Value is ':' or 0xFF1A || (isAfterColon && sign.Value is '"' or '\'' or 0xAB or 0x201C or 0x201E or 0x300C);
        if (isAfterColon && sign.Value is not (':' or 0xFF1A) && WordCount >= FewestAsked)
        {
            contentFrom = Math.Min(contentFrom, WordCount);
        }
        if (WordCount == 0 && sign.Value is '{' or '[')
        {
            contentFrom = 0;
        }
        switch (sign.Value)
        {
            case '?' or 0xFF1F or 0x061F:
                Questions++;
                Sentences++;
                EndsInQuestion = true;
                break;
            case '.' or '!' or 0x3002 or 0xFF01:
                Sentences++;
                EndsInQuestion = false;
                break;
            case '='
            or '+'
            or '*'
            or '^'
            or '<'
            or '>'
            or '%'
            or '/'
            or 0xD7
            or 0xF7
            or 0xB1
            or (>= 0x2200 and < 0x2300)
            or 0x2264
            or 0x2265
            or 0xB2
            or 0xB3:
                MathsSigns++;
                break;
            case '{' or '}' or '(' or ')' or '[' or ']' or ';':
                Brackets++;
                break;
            default:
                break;
        }
    }

    private void Weigh()
    {
        foreach (var (cue, word, begins) in hits.AsSpan(0, hitCount))
        {
            ref var value = ref cues[(int)cue];
            value = 1 - (1 - value) * (1 - WeightAt(word));
            if (!cue.IsVerb())
            {
                continue;
            }
            if (word < Math.Min(LeadWords, contentFrom) && (Lead == Cue.None || (begins && !IsLeadAnOrder)))
            {
                (Lead, IsLeadAnOrder) = (cue, begins);
            }
            if (
                LastLead == Cue.None
                && lastLine > 0
                && word >= lastLine
                && word < lastLine + LeadWords
                && (cue != Cue.Ask || EndsInQuestion)
            )
            {
                LastLead = cue;
            }
        }
    }

    private float WeightAt(int word)
    {
        var isContent = word >= contentFrom;
        var isLastLine = lastLine > 0 && word >= lastLine && word < lastLine + LeadWords;
        return !isContent && word < LeadWords ? 0.8f
            : isLastLine && !(isContent && lastLine == contentFrom) ? 0.6f
            : isContent && word < 50 ? 0.2f
            : word < 50 || WordCount - word < 30 ? 0.5f
            : 0.05f;
    }
}
