using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Cli.Commands;
using Purser.Cli.Output;
using Purser.Core.Pricing;

namespace Purser.Cli.Contracts;

/// <summary>What has been used of a contract, as a JSON file.</summary>
internal static class ContractStateFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads a file; null where there is none yet.</summary>
    /// <exception cref="CliException">It isn't such a file, can't be one, is of another contract, or says that more was used than there is.</exception>
    public static ContractProgress? Read(string path, Contract contract)
    {
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw CliException.Usage($"there can't be a state in {path}", "Name a file, in a folder that is there.");
        }
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new FormatException("it is no JSON object");
            var id = Text(root, "contract");
            Check(id == contract.Id, $"it is of the contract '{id}', not of '{contract.Id}'");
            var state = State(root, contract);
            Check(root.ContainsKey("month"), "it has no 'month'");
            return new(state, Month(root["month"], contract, state));
        }
        catch (Exception wrong)
            when (wrong
                    is IOException
                        or UnauthorizedAccessException
                        or JsonException
                        or FormatException
                        or InvalidOperationException
                        or OverflowException
                        or ArgumentException
            )
        {
            throw CliException.Usage(
                $"the state in {path} can't be used: {wrong.Message}",
                "It is what this command wrote of the same contract; without the file a contract begins with nothing used."
            );
        }
    }

    /// <summary>Writes a file, as a whole or not at all.</summary>
    /// <exception cref="CliException">It can't be written.</exception>
    public static void Write(string path, Contract contract, ContractProgress progress)
    {
        var (state, open) = progress;
        var root = new JsonObject
        {
            ["contract"] = contract.Id,
            ["at"] = TimeText.Write(state.At),
            ["volume_usd"] = Usd.Exact(state.Volume),
            ["drawn_usd"] = Usd.Exact(state.Drawn),
            ["credits_used_usd"] = Amounts(state.CreditsUsed),
            ["bundles_used"] = new JsonObject(
                state
                    .BundlesUsed.OrderBy(used => used.Key, StringComparer.Ordinal)
                    .Select(used =>
                        KeyValuePair.Create<string, JsonNode?>(
                            used.Key,
                            new JsonObject { ["quantity"] = used.Value.Quantity, ["usd"] = Usd.Exact(used.Value.Usd) }
                        )
                    )
            ),
            ["month"] = open is null
                ? null
                : new JsonObject
                {
                    ["start"] = TimeText.Write(open.Start),
                    ["list_usd"] = Usd.Exact(open.Statement.ListUsd),
                    ["contracted_usd"] = Usd.Exact(open.Statement.ContractedUsd),
                    ["effective_usd"] = Usd.Exact(open.Statement.EffectiveUsd),
                    ["billed_usd"] = Usd.Exact(open.Statement.BilledUsd),
                    ["credits_usd"] = Amounts(open.Statement.Credits),
                },
        };
        var written = path + ".new";
        try
        {
            File.WriteAllText(written, root.ToJsonString(Indented) + "\n");
            File.Move(written, path, overwrite: true);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CliException.Failed(
                $"the state can't be written: {wrong.Message}",
                "The file is as it was: make room or name another, and price the same lines again."
            );
        }
    }

    private static ContractState State(JsonObject root, Contract contract)
    {
        var state = new ContractState(
            Time(root, "at"),
            Amount(root, "volume_usd"),
            Amount(root, "drawn_usd"),
            Amounts(root, "credits_used_usd"),
            Bundles(Members(root, "bundles_used"))
        );
        Check(state.At >= contract.Start, "it is from before the contract's start");
        Check(state.Drawn <= (contract.Commitment?.Usd ?? 0m), "more was drawn than the commitment is");
        foreach (var (id, used) in state.CreditsUsed)
        {
            Check(
                used <= contract.Credits.FirstOrDefault(credit => credit.Id == id)?.Usd,
                $"the credit '{id}' paid more than it is, or isn't there"
            );
        }
        foreach (var (id, used) in state.BundlesUsed)
        {
            var bundle = contract.Bundles.FirstOrDefault(bundle => bundle.Id == id);
            Check(
                bundle is not null && used.Quantity >= 0 && used.Quantity <= bundle.Quantity && used.Usd <= bundle.FeeUsd,
                $"more was taken from the bundle '{id}' than it has, or it isn't there"
            );
        }
        return state;
    }

    private static ContractMonth? Month(JsonNode? node, Contract contract, ContractState state)
    {
        if (node is null)
        {
            return null;
        }
        var month = node as JsonObject ?? throw new FormatException("its 'month' is no JSON object");
        var start = contract.PeriodStart(ContractPeriod.Month, state.At);
        Check(start == Time(month, "start"), "its month isn't the one that it has got to");
        var statement = ContractStatement.Empty(contract) with
        {
            ListUsd = Amount(month, "list_usd"),
            ContractedUsd = Amount(month, "contracted_usd"),
            EffectiveUsd = Amount(month, "effective_usd"),
            BilledUsd = Amount(month, "billed_usd"),
            Credits = Amounts(month, "credits_usd"),
        };
        return new(start, contract.PeriodEnd(ContractPeriod.Month, start)!.Value, statement);
    }

    private static ImmutableDictionary<string, BundleUse> Bundles(JsonObject bundles) =>
        bundles.ToImmutableDictionary(
            pair => pair.Key,
            pair =>
            {
                var used = Members(bundles, pair.Key);
                return new BundleUse((long?)used["quantity"] ?? -1, Amount(used, "usd"));
            }
        );

    private static DateTimeOffset Time(JsonObject from, string key) =>
        DateTimeOffset.Parse(Text(from, key), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static decimal Amount(JsonObject from, string key)
    {
        var amount = decimal.Parse(Text(from, key), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        Check(amount >= 0m, $"'{key}' is negative");
        // With 15 decimals, a decimal has no room for more.
        Check(amount <= 10_000_000_000_000m, $"'{key}' is beyond belief");
        return amount;
    }

    private static ImmutableDictionary<string, decimal> Amounts(JsonObject from, string key)
    {
        var amounts = Members(from, key);
        return amounts.ToImmutableDictionary(pair => pair.Key, pair => Amount(amounts, pair.Key));
    }

    private static JsonObject Amounts(IReadOnlyDictionary<string, decimal> amounts) =>
        new(
            amounts
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Usd.Exact(pair.Value)))
        );

    private static JsonObject Members(JsonObject from, string key) =>
        from[key] as JsonObject ?? throw new FormatException($"it has no '{key}'");

    private static string Text(JsonObject from, string key) => (string?)from[key] ?? throw new FormatException($"it has no '{key}'");

    private static void Check(bool isRight, string problem)
    {
        if (!isRight)
        {
            throw new FormatException(problem);
        }
    }
}
