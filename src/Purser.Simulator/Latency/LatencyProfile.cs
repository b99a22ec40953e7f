using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Purser.Simulator.Answers;

namespace Purser.Simulator.Latency;

/// <summary>
/// How long answers take. The grammar:
/// <code>
/// profile  = "none" | "fast" | "realistic" | setting *( "," setting )
/// setting  = ( "ttft" | "token" ) "=" duration [ "~" jitter ]
/// duration = number ( "us" | "ms" | "s" )
/// jitter   = duration | number "%"
/// </code>
/// <c>ttft</c> is the time to the first token, <c>token</c> the time between tokens. A jitter spreads a time evenly over
/// ± that much, drawn from the request's seed. An answer that isn't streamed takes as long as the same answer streamed.
/// </summary>
public sealed record LatencyProfile
{
    // Ten minutes: longer than any client waits.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private static readonly FrozenDictionary<string, LatencyProfile> Named = new Dictionary<string, LatencyProfile>
    {
        ["none"] = new(),
        ["fast"] = Make(ttft: 20, ttftJitter: 10, token: 2, tokenJitter: 1),
        ["realistic"] = Make(ttft: 450, ttftJitter: 250, token: 15, tokenJitter: 8),
    }.ToFrozenDictionary();

    /// <summary>No wait at all: answers come as fast as they can be written. The default.</summary>
    public static LatencyProfile None => Named["none"];

    /// <summary>20 ± 10 ms to the first token, 2 ± 1 ms between tokens.</summary>
    public static LatencyProfile Fast => Named["fast"];

    /// <summary>450 ± 250 ms to the first token, 15 ± 8 ms between tokens.</summary>
    public static LatencyProfile Realistic => Named["realistic"];

    /// <summary>The time from the request to the first token. <value>0 (default) to 10 minutes.</value></summary>
    public TimeSpan FirstToken { get; init; }

    /// <summary>How much <see cref="FirstToken"/> varies, each way. <value>0 (default) to <see cref="FirstToken"/>.</value></summary>
    public TimeSpan FirstTokenJitter { get; init; }

    /// <summary>The time between tokens. <value>0 (default) to 10 minutes.</value></summary>
    public TimeSpan Token { get; init; }

    /// <summary>How much <see cref="Token"/> varies, each way. <value>0 (default) to <see cref="Token"/>.</value></summary>
    public TimeSpan TokenJitter { get; init; }

    internal bool IsNone => FirstToken == TimeSpan.Zero && Token == TimeSpan.Zero;

    /// <summary>Reads a profile; see <see cref="LatencyProfile"/> for the grammar.</summary>
    /// <exception cref="FormatException">The profile is wrong; the message says what to write instead.</exception>
    public static LatencyProfile Parse(string text) =>
        TryParse(text, out var profile, out var error) ? profile : throw new FormatException(error);

    /// <summary>Reads a profile; see <see cref="LatencyProfile"/> for the grammar.</summary>
    /// <param name="text">The profile; white space around its parts is ignored.</param>
    /// <param name="profile">The profile, when it is right.</param>
    /// <param name="error">What is wrong and what to write instead, when it isn't.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out LatencyProfile? profile, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (string.IsNullOrWhiteSpace(text) || Named.TryGetValue(text.Trim(), out profile))
        {
            profile = string.IsNullOrWhiteSpace(text) ? None : Named[text.Trim()];
            return true;
        }

        profile = new LatencyProfile();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            profile = Add(profile, part, out error);
            if (profile is null)
            {
                error ??= $"latency '{part}' can't be read";
                return false;
            }
        }

        return true;
    }

    /// <summary>The time to the first token of one answer, in ticks.</summary>
    internal long DrawFirstToken(ref SeededRandom random) => Draw(FirstToken.Ticks, FirstTokenJitter.Ticks, ref random);

    /// <summary>The time to one further token, in ticks.</summary>
    internal long DrawToken(ref SeededRandom random) => Draw(Token.Ticks, TokenJitter.Ticks, ref random);

    /// <summary>This profile with the <see cref="Faults.FaultKind.Slow"/> fault on top.</summary>
    internal LatencyProfile Slower() =>
        this with
        {
            FirstToken = FirstToken + TimeSpan.FromSeconds(2),
            Token = Token + TimeSpan.FromMilliseconds(50),
        };

    private static long Draw(long mean, long jitter, ref SeededRandom random) =>
        jitter == 0 ? mean : mean - jitter + (long)(random.Fraction() * 2 * jitter);

    private static LatencyProfile? Add(LatencyProfile profile, string part, out string? error)
    {
        error =
            $"latency '{part}' can't be read: use none, fast, realistic, or ttft=200ms~50ms,token=10ms~20% (units us, ms, s; at most 10 minutes)";
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return null;
        }

        var value = part[(equals + 1)..];
        var tilde = value.IndexOf('~', StringComparison.Ordinal);
        if (!TryDuration(tilde < 0 ? value : value[..tilde], out var mean))
        {
            return null;
        }

        var jitter = TimeSpan.Zero;
        if (tilde >= 0 && !TryJitter(value[(tilde + 1)..], mean, out jitter))
        {
            return null;
        }

        if (jitter > mean)
        {
            error = $"latency '{part}': the jitter is more than the time itself";
            return null;
        }

        return part[..equals].Trim() switch
        {
            "ttft" => profile with { FirstToken = mean, FirstTokenJitter = jitter },
            "token" => profile with { Token = mean, TokenJitter = jitter },
            _ => null,
        };
    }

    private static bool TryJitter(string text, TimeSpan mean, out TimeSpan jitter)
    {
        text = text.Trim();
        if (!text.EndsWith('%'))
        {
            return TryDuration(text, out jitter);
        }

        jitter = default;
        if (!TryNumber(text[..^1], out var percent))
        {
            return false;
        }

        jitter = mean * (percent / 100);
        return true;
    }

    internal static bool TryDuration(string text, out TimeSpan duration)
    {
        text = text.Trim();
        var (digits, unit) =
            text.EndsWith("us", StringComparison.Ordinal) ? (text[..^2], TimeSpan.TicksPerMicrosecond)
            : text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], TimeSpan.TicksPerMillisecond)
            : text.EndsWith('s') ? (text[..^1], TimeSpan.TicksPerSecond)
            : ("", 0);
        duration = default;
        if (!TryNumber(digits, out var number) || number * unit > Longest.Ticks)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(number * unit));
        return true;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && number <= 1e9;

    private static LatencyProfile Make(int ttft, int ttftJitter, int token, int tokenJitter) =>
        new()
        {
            FirstToken = TimeSpan.FromMilliseconds(ttft),
            FirstTokenJitter = TimeSpan.FromMilliseconds(ttftJitter),
            Token = TimeSpan.FromMilliseconds(token),
            TokenJitter = TimeSpan.FromMilliseconds(tokenJitter),
        };
}
