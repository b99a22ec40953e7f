using System.Globalization;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Core.Pricing;

namespace Purser.Cli.Soak;

/// <summary>What the ledger says about one attempt.</summary>
/// <param name="Id">The id that the gateway sent to the provider.</param>
/// <param name="AccountPath">The account of its key.</param>
/// <param name="Key">Its key's name.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Estimated">Whether its usage was worked out without the provider's word.</param>
/// <param name="Unconfirmed">Whether the process died meanwhile, so that its ceiling was posted.</param>
/// <param name="Cost">What was posted.</param>
internal sealed record SoakEntry(string Id, string AccountPath, string Key, string Outcome, bool Estimated, bool Unconfirmed, Money Cost)
{
    /// <summary>Whether the provider's own figures were posted.</summary>
    public bool Confirmed => !Estimated && !Unconfirmed;
}

/// <summary>Reads the ledger through the admin API.</summary>
internal static class SoakLedger
{
    private const int PageSize = 20_000;

    /// <summary>Every attempt; refusals aren't among them.</summary>
    public static async Task<IReadOnlyList<SoakEntry>> ReadAsync(AdminClient admin, CancellationToken cancellationToken)
    {
        var entries = new List<SoakEntry>();
        for (var after = ""; ; )
        {
            var (lines, last) = (0, "");
            await foreach (var line in admin.LinesAsync($"events?limit={PageSize}&after={after}", cancellationToken))
            {
                using (line)
                {
                    lines++;
                    last = line.RootElement.GetProperty("cursor").GetString()!;
                    if (line.RootElement.GetProperty("attempt").GetInt32() > 0)
                    {
                        entries.Add(Read(line.RootElement));
                    }
                }
            }

            if (lines < PageSize)
            {
                return entries;
            }

            after = Uri.EscapeDataString(last);
        }
    }

    /// <summary>An amount of the admin API.</summary>
    public static Money Amount(string? usd) => Money.FromUsdRoundedUp(decimal.Parse(usd ?? "0", CultureInfo.InvariantCulture));

    private static SoakEntry Read(JsonElement line) =>
        new(
            $"{line.GetProperty("request_id").GetString()}.{line.GetProperty("attempt").GetInt32()}",
            line.GetProperty("account_path").GetString() ?? "",
            line.GetProperty("key").GetString() ?? "",
            line.GetProperty("outcome").GetString() ?? "",
            line.GetProperty("estimated").GetBoolean(),
            line.GetProperty("unconfirmed").GetBoolean(),
            Amount(line.GetProperty("cost_usd").GetString())
        );
}
