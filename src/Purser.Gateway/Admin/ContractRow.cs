using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>A line of what a contract comes to. The last one is the invoice, the sum of the others.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="Provider">The provider that it's with.</param>
/// <param name="Kind"><c>requests</c>, <c>commitment_unused</c>, <c>bundle_unused</c>, <c>credit</c>, <c>other_span</c>, <c>invoice</c>.</param>
/// <param name="Id">The bundle, the credit, or the contract.</param>
/// <param name="PeriodStart">The first instant of the period that it is of.</param>
/// <param name="PeriodEnd">The first instant after it.</param>
/// <param name="Usd">How much.</param>
/// <param name="ListUsd">Of requests: at the list price.</param>
/// <param name="ContractedUsd">Of requests: at the agreed rates.</param>
/// <param name="WithoutClassesUsd">Of requests: how much of the list price is of no class of usage.</param>
internal sealed record ContractRow(
    string Contract,
    string Provider,
    string Kind,
    string Id,
    string? PeriodStart,
    string? PeriodEnd,
    string Usd,
    string? ListUsd = null,
    string? ContractedUsd = null,
    string? WithoutClassesUsd = null
)
{
    /// <summary>The lines of a contract.</summary>
    public static IEnumerable<ContractRow> Of(ContractSpan span)
    {
        var (contract, statement) = (span.Contract, span.Statement);
        foreach (var line in statement.Lines())
        {
            var isRequests = line.Kind == StatementLineKind.Requests;
            yield return new ContractRow(
                contract.Id,
                contract.Provider,
                JsonNamingPolicy.SnakeCaseLower.ConvertName(line.Kind.ToString()),
                line.Id,
                Time(line.Period?.PeriodStart),
                Time(line.Period?.PeriodEnd),
                Exact(line.Usd),
                isRequests ? Exact(statement.ListUsd) : null,
                isRequests ? Exact(statement.ContractedUsd) : null,
                isRequests ? Exact(span.WithoutClassesUsd) : null
            );
        }

        yield return new ContractRow(contract.Id, contract.Provider, "invoice", contract.Id, null, null, Exact(statement.InvoiceUsd));
    }

    private static string? Time(DateTimeOffset? at) => at is { } instant ? UsageNames.Time(JournalWriter.Microseconds(instant)) : null;

    private static string Exact(decimal usd) => usd.ToString("0.000000000######", CultureInfo.InvariantCulture);
}
