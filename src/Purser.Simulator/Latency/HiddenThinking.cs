using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Latency;

/// <summary>
/// How long models that reason think before the first visible token, without showing it: the stream is open, and nothing comes, or only
/// keep-alives. The tokens take their time and are billed as reasoning. The grammar:
/// <code>
/// thinking = tokens [ ",ping=" duration ]
/// duration = number ( "us" | "ms" | "s" )
/// </code>
/// </summary>
/// <param name="Tokens">How many tokens of reasoning, within the request's limits. <value>1 to 100,000.</value></param>
/// <param name="PingEvery">How often a keep-alive comes. <value>At least a millisecond; null for silence.</value></param>
public sealed record HiddenThinking(int Tokens, TimeSpan? PingEvery = null)
{
    private static readonly TimeSpan ShortestPing = TimeSpan.FromMilliseconds(1);

    /// <summary>Reads it; see <see cref="HiddenThinking"/> for the grammar.</summary>
    /// <param name="text">The text; white space around its parts is ignored.</param>
    /// <param name="thinking">The thinking, when it is right.</param>
    /// <param name="error">What is wrong and what to write instead, when it isn't.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HiddenThinking? thinking, [NotNullWhen(false)] out string? error)
    {
        (thinking, error) = (null, null);
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (
            parts.Length > 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
            || tokens is < 1 or > Directives.MostTokens
        )
        {
            error = $"thinking '{text}' can't be read: use a number of tokens up to {Directives.MostTokens}, and ,ping=1s for keep-alives";
            return false;
        }

        if (parts.Length == 1)
        {
            thinking = new HiddenThinking(tokens);
            return true;
        }

        if (
            !parts[1].StartsWith("ping=", StringComparison.Ordinal)
            || !LatencyProfile.TryDuration(parts[1][5..], out var every)
            || every < ShortestPing
        )
        {
            error = $"thinking '{text}': '{parts[1]}' can't be read: use ping=1s (units us, ms, s; at least 1 ms)";
            return false;
        }

        thinking = new HiddenThinking(tokens, every);
        return true;
    }
}
