using System.Text;

namespace Purser.Cli.Replay;

/// <summary>
/// The words that prompts are made of: common English words of at most five letters, so that each is one token by the simulator's
/// rule (a run of letters or digits is a token per five, white space is free) and about one by those of real models.
/// </summary>
internal static class PromptWords
{
    private const string Text = """
        able about above act add after again age air all alone along also among and angel angle apple area arm army
        art ask away baby back bad bag ball bank bar base basic bath beach bean bear beat bed begin bell below bend
        best big bill bird bit black blade blind block blood blow blue board boat body bone book born both bowl box
        boy brain brand brave bread break brick brief bring broad brown brush build burn bus busy buy cake call calm
        camp can card care case cash cat catch cause chain chair chalk charm chart check chest chief child city
        claim class clay clean clear clerk climb clock close cloth cloud club coach coal coast coat code coin cold
        come cook cool copy corn cost count court cover cow craft cream crew crop cross crowd crown cup curve cut
        cycle daily dance dark data date day deal dear debt deep deer delay desk dish door doubt down draft draw
        dream dress drink drive drop dry duck dust duty each eager early earn earth east easy eat edge eight else
        empty end enemy enjoy enter equal event every exact extra eye face fact fair faith fall false farm fast fear
        feed feel fence few field fifth fight file fill film final find fine fire first fish five flag flame flat
        floor flow fly foam focus fold folk food foot force fork form forty found four frame free fresh frog front
        fruit fuel full fun game gap gate gear gift girl give glad glass globe
        """;

    // Each with a blank before it; the first of a prompt leaves the blank out.
    private static readonly byte[][] Words =
    [
        .. Text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => Encoding.UTF8.GetBytes(" " + word)),
    ];

    /// <summary>How many words there are.</summary>
    public static int Count => Words.Length;

    /// <summary>The word at a place of the text that a seed stands for, with a blank before it.</summary>
    public static ReadOnlySpan<byte> At(ulong seed, int place)
    {
        // SplitMix64: equal seeds give equal texts on every machine and in every version of .NET.
        var mixed = seed + ((ulong)place + 1) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return Words[(int)((mixed ^ (mixed >> 31)) % (ulong)Words.Length)];
    }
}
