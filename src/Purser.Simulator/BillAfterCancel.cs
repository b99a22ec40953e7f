using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Purser.Simulator.Requests;

namespace Purser.Simulator;

/// <summary>
/// What a client that leaves in the middle of an answer is billed beyond what was generated until the simulator noticed. Providers
/// differ: some stop at once, some only between batches of tokens, some finish the answer.
/// </summary>
public readonly record struct BillAfterCancel
{
    private BillAfterCancel(int moreTokens) => MoreTokens = moreTokens;

    /// <summary>Nothing more: the tokens generated until the simulator noticed.</summary>
    public static BillAfterCancel Generated => default;

    /// <summary>The whole answer, as providers do that finish it anyway.</summary>
    public static BillAfterCancel Full => new(int.MaxValue);

    /// <summary>How many more tokens, as far as the answer has so many.</summary>
    public int MoreTokens { get; }

    /// <summary>So many more tokens, as far as the answer has them.</summary>
    /// <param name="moreTokens">0 to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is outside that.</exception>
    public static BillAfterCancel UpTo(int moreTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(moreTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(moreTokens, Directives.MostTokens);
        return new BillAfterCancel(moreTokens);
    }

    /// <summary>Reads <c>all</c> or a number of tokens, 0 to 100,000.</summary>
    public static bool TryParse(string text, out BillAfterCancel billed, [NotNullWhen(false)] out string? error)
    {
        (billed, error) = (Full, null);
        if (text == "all")
        {
            return true;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var more) && more <= Directives.MostTokens)
        {
            billed = new BillAfterCancel(more);
            return true;
        }

        error = $"'{text}' can't be read: use all, or a number of tokens up to {Directives.MostTokens}";
        return false;
    }
}
