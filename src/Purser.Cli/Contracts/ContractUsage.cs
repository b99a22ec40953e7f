using System.Text;
using Purser.Cli.Commands;
using Purser.Cli.Quoting;
using Purser.Core.Pricing;

namespace Purser.Cli.Contracts;

/// <summary>A line of usage at the list price.</summary>
/// <param name="Id">The id as it was written; empty where there is none.</param>
/// <param name="At">When it was.</param>
/// <param name="Charge">What it costs at the list price.</param>
internal readonly record struct PricedUsage(string Id, DateTimeOffset At, Charge Charge);

/// <summary>
/// Prices usage under a contract: the lines of <c>prices quote --usage</c>, in the order of time, those of the same instant by their ids.
/// They are kept in memory until all are read.
/// </summary>
internal static class ContractUsage
{
    /// <summary>Reads, prices and writes. A line that can't be priced gets a line with its error, before all others.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="book">The price book.</param>
    /// <param name="months">What was used before, and the invoices: changed.</param>
    /// <param name="now">The time of a line that doesn't say one.</param>
    /// <param name="until">Until when periods are ended, and no line may be from after it; null for the last line.</param>
    /// <param name="input">The lines.</param>
    /// <param name="output">Where to write.</param>
    /// <returns>How many lines there were, and how many of them were priced.</returns>
    public static (long Lines, long Priced) Run(
        Contract contract,
        PriceBook book,
        ContractMonths months,
        DateTimeOffset now,
        DateTimeOffset? until,
        Stream input,
        Stream output
    )
    {
        using var writer = new ContractWriter(output);
        var (lines, requests) = Read(contract, book, months.State, now, until, input, writer);
        foreach (var request in requests)
        {
            var model = PriceEntryName.Of(request.Charge.Entry).Model;
            var (charge, ended) = months.Price(model, request.Charge, request.At);
            foreach (var period in ended)
            {
                writer.Write(period);
            }
            writer.Write(request, charge);
        }
        if (until is { } end)
        {
            foreach (var period in months.Advance(end))
            {
                writer.Write(period);
            }
        }
        foreach (var month in months.Invoices)
        {
            writer.Write(month, months.IsOpen(month));
        }
        writer.Flush();
        return (lines, requests.Count);
    }

    private static (long Lines, IReadOnlyList<PricedUsage> Requests) Read(
        Contract contract,
        PriceBook book,
        ContractState state,
        DateTimeOffset now,
        DateTimeOffset? until,
        Stream input,
        ContractWriter writer
    )
    {
        var lines = 0L;
        var requests = new List<PricedUsage>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var reader = new LineReader(input);
        while (reader.TryRead(out var line))
        {
            line = line.TrimEnd((byte)'\r');
            if (lines == 0 && line.StartsWith(Encoding.UTF8.Preamble))
            {
                line = line[Encoding.UTF8.Preamble.Length..];
            }
            if (line.TrimStart(" \t"u8).IsEmpty)
            {
                continue;
            }
            lines++;
            var read = UsageLine.Read(line);
            var (id, at) = (Encoding.UTF8.GetString(read.Id), read.At ?? now);
            var quote = UsageQuote.Of(book, read, now);
            var error = quote.Error ?? NotCovered(contract, state, quote.Charge!, at, until);
            if (error is null && id.Length > 0 && !seen.Add(id))
            {
                error = "a line before this one has the same id, and a request counts once";
            }
            if (error is not null)
            {
                writer.WriteError(id, error);
                continue;
            }
            requests.Add(new(id, at, quote.Charge!));
        }
        // A stable sort: those that are alike in all of it stay as they came.
        var sorted = requests
            .OrderBy(request => request.At)
            .ThenBy(request => request.Id, StringComparer.Ordinal)
            .ThenBy(request => request.Charge.Entry, StringComparer.Ordinal)
            .ThenBy(request => request.Charge.ExactUsd);
        return (lines, [.. sorted]);
    }

    private static string? NotCovered(Contract contract, ContractState state, Charge charge, DateTimeOffset at, DateTimeOffset? until)
    {
        var provider = PriceEntryName.Of(charge.Entry).Provider;
        return provider != contract.Provider ? $"the contract '{contract.Id}' is with {contract.Provider}, not with {provider}"
            : !contract.HoldsAt(at) ? $"the contract '{contract.Id}' isn't in force at that time"
            : at > until ? $"the line is from after --until, {TimeText.Write(until.Value)}"
            : ContractPricer.IsOver(contract, state) ? $"the contract '{contract.Id}' is over, and its last period was invoiced"
            : null;
    }
}
