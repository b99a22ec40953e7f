using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>One client in one case: what it must show, and what must be in the ledger.</summary>
internal sealed partial class Trial(InstalledClient client, ClientCase @case)
{
    private const int LongestQuote = 900;

    /// <summary>Drives the client and judges what it showed.</summary>
    /// <param name="fresh">A team and a key that nothing was spent with.</param>
    public async Task<CaseResult> RunAsync(ClientSession fresh)
    {
        await client.PointAsync(fresh);
        var refused = 0L;
        if (@case == ClientCase.Exhausted)
        {
            await fresh.Purser.ExhaustAsync(fresh.Team);
            refused = await fresh.Purser.RefusedAsync();
        }

        var billedBefore = (await fresh.Simulator.BilledAfterAsync(0)).Count;
        var errand = new Errand(@case, fresh) { Fault = client.Fault };
        var shown = await client.RunAsync(errand);
        switch (@case)
        {
            case ClientCase.Error:
                Assert.True(await fresh.Simulator.HasFailedAsync(fresh.StartSeq), $"The provider wasn't reached:\n{shown.Log}");
                return Failure(shown);
            case ClientCase.Exhausted:
                Assert.Equal(billedBefore, (await fresh.Simulator.BilledAfterAsync(0)).Count);
                return Refusal(shown, await fresh.Purser.RefusedAsync() - refused);
            default:
                Answered(errand, shown);
                await IsBilledAsync(fresh, @case == ClientCase.Tool ? client.RefusedInTool : 0);
                return new CaseResult(Passed: true, @case == ClientCase.Streamed ? await StreamedAsync(errand, shown) : "yes");
        }
    }

    private void Answered(Errand errand, Shown shown)
    {
        Assert.False(shown.Failed, $"{client.Row} says that it failed:\n{shown.Log}");
        Assert.True(Squeezed(shown.Text).Contains(errand.Answer, StringComparison.Ordinal), $"The answer isn't there:\n{shown.Log}");
    }

    private async Task<string> StreamedAsync(Errand errand, Shown shown)
    {
        if (!client.ShowsPieces)
        {
            Assert.True(await errand.Session.Simulator.LastIsStreamedAsync(), "The provider wasn't asked for a stream.");
            return "yes; it shows it whole";
        }

        Assert.True(shown.Pieces.Count > 1, $"It came in {shown.Pieces.Count} pieces:\n{shown.Log}");
        Assert.Contains(errand.Answer, Squeezed(string.Concat(shown.Pieces)), StringComparison.Ordinal);
        return "yes, piece by piece";
    }

    // Each request's tokens, class by class, are those that the provider billed; and each request ended well, or was refused as it must be.
    private static async Task IsBilledAsync(ClientSession session, int refused)
    {
        var billed = await session.Simulator.BilledAfterAsync(session.StartSeq);
        var lines = await session.Purser.EventsAsync(session.Team, billed.Count + refused);
        var events = lines.Where(line => line.GetProperty("outcome").GetString() == "completed").ToList();
        Assert.Equal(refused, lines.Count(line => line.GetProperty("outcome").GetString() == "refused"));
        Assert.Equal(lines.Count, events.Count + refused);
        Assert.Equal(
            billed.Select(bill => $"{bill.Model} {bill.Tokens}").Order(StringComparer.Ordinal),
            events
                .Select(line => $"{line.GetProperty("model_requested").GetString()} {TokensUsed.Read(line.GetProperty("usage"))}")
                .Order(StringComparer.Ordinal)
        );
    }

    private static CaseResult Failure(Shown shown)
    {
        Assert.True(shown.Failed, $"It doesn't say that it failed:\n{shown.Log}");
        return new CaseResult(Passed: true, "shown", Quote(shown.Text));
    }

    private CaseResult Refusal(Shown shown, long refused)
    {
        Assert.True(shown.Failed, $"It doesn't say that it failed:\n{shown.Log}");
        var text = Squeezed(shown.Text);
        Assert.True(text.Contains("has too little left", StringComparison.Ordinal), $"The reason isn't shown:\n{shown.Log}");
        Assert.True(text.Contains("It resets at", StringComparison.Ordinal), $"When it resets isn't shown:\n{shown.Log}");
        Assert.True(text.Contains("purser asks create", StringComparison.Ordinal), $"How to ask for more isn't shown:\n{shown.Log}");
        Assert.True(
            refused >= 1 && refused <= client.MostRefused,
            $"{refused} requests were refused, of at most {client.MostRefused}:\n{shown.Log}"
        );
        var count = string.Create(CultureInfo.InvariantCulture, $"shown; {refused} of {client.MostRefused}");
        return new CaseResult(Passed: true, count, Quote(shown.Text));
    }

    // A terminal's client breaks lines where it likes.
    private static string Squeezed(string text) => Spaces().Replace(text, " ");

    // From where the client speaks of what went wrong. What differs from run to run is left out, so that the page changes only with what clients show.
    private static string Quote(string text)
    {
        var lines = text.Split('\n')
            .Select(line => line.TrimEnd())
            .Where(line => line.Length > 0 && !StackFrame().IsMatch(line))
            .Distinct()
            .ToList();
        var start = lines.FindIndex(line => GoneWrong().IsMatch(line));
        var quote = string.Join('\n', lines.Skip(Math.Max(0, start)));
        foreach (var place in (string[])[Repository.Root, Path.GetTempPath().TrimEnd('/')])
        {
            quote = Regex.Replace(quote, $"""(?:file://)?{Regex.Escape(place)}/[^\s"'),]*""", "…");
        }

        quote = Varying().Replace(quote, "…");
        return quote.Length > LongestQuote ? quote[..LongestQuote] + "…" : quote;
    }

    [GeneratedRegex(@"^\s+at ")]
    private static partial Regex StackFrame();

    [GeneratedRegex(@"\b(?:error|limit|budget|failed)\b", RegexOptions.IgnoreCase)]
    private static partial Regex GoneWrong();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(
        @"\b(?:req|bud|acc|key|msg|resp)_[A-Za-z0-9_-]+|\b[0-9A-HJKMNP-TV-Z]{26}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|127\.0\.0\.1:\d+|acceptance-\d+"
    )]
    private static partial Regex Varying();
}
