using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Cli.Commands;
using Purser.Cli.Output;
using Purser.Core.Pricing;

namespace Purser.Cli.Contracts;

/// <summary>Writes what a contract makes of usage as JSON lines. Amounts are exact decimals in strings.</summary>
internal sealed class ContractWriter : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private readonly Stream output;
    private readonly ArrayBufferWriter<byte> buffer = new(2 * FlushAt);
    private readonly Utf8JsonWriter json;

    public ContractWriter(Stream output)
    {
        this.output = output;
        json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>A request; its id is given back as it was written.</summary>
    public void Write(in PricedUsage request, ContractCharge charge)
    {
        Begin("request");
        WriteId(request.Id);
        json.WriteString("at"u8, TimeText.Write(request.At));
        json.WriteString("list_usd"u8, Usd.Exact(charge.ListUsd));
        json.WriteString("contracted_usd"u8, Usd.Exact(charge.ContractedUsd));
        json.WriteString("effective_usd"u8, Usd.Exact(charge.EffectiveUsd));
        json.WriteString("billed_usd"u8, Usd.Exact(charge.BilledUsd));
        json.WriteString("credits_usd"u8, Usd.Exact(charge.CreditsUsd));
        json.WriteString("marginal_usd"u8, Usd.Exact(charge.MarginalUsd));
        json.WriteString("entry"u8, request.Charge.Entry);
        json.WriteNull("error"u8);
        End();
    }

    /// <summary>A request that can't be priced.</summary>
    public void WriteError(string id, string error)
    {
        Begin("request");
        WriteId(id);
        json.WriteString("error"u8, error);
        End();
    }

    /// <summary>A period that ended.</summary>
    public void Write(PeriodCharge period)
    {
        Begin("period");
        json.WriteString("kind"u8, period.Kind == PeriodChargeKind.Bundle ? "bundle" : "commitment");
        json.WriteString("id"u8, period.Id);
        json.WriteString("start"u8, TimeText.Write(period.PeriodStart));
        json.WriteString("end"u8, TimeText.Write(period.PeriodEnd));
        json.WriteString("billed_usd"u8, Usd.Exact(period.BilledUsd));
        json.WriteString("unused_usd"u8, Usd.Exact(period.UnusedUsd));
        End();
    }

    /// <summary>A month's invoice.</summary>
    public void Write(ContractMonth month, bool isOpen)
    {
        var statement = month.Statement;
        Begin("invoice");
        json.WriteString("contract"u8, statement.Contract);
        json.WriteString("start"u8, TimeText.Write(month.Start));
        json.WriteString("end"u8, TimeText.Write(month.End));
        json.WriteBoolean("open"u8, isOpen);
        json.WriteString("list_usd"u8, Usd.Exact(statement.ListUsd));
        json.WriteString("contracted_usd"u8, Usd.Exact(statement.ContractedUsd));
        json.WriteString("effective_usd"u8, Usd.Exact(statement.EffectiveUsd));
        json.WriteString("billed_usd"u8, Usd.Exact(statement.BilledUsd));
        json.WriteString("credits_usd"u8, Usd.Exact(statement.CreditsUsd));
        json.WriteString("periods_usd"u8, Usd.Exact(statement.PeriodsUsd));
        json.WriteString("invoice_usd"u8, Usd.Exact(statement.InvoiceUsd));
        json.WriteStartArray("lines"u8);
        foreach (var line in statement.Lines())
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(line.Kind.ToString()));
            json.WriteString("id"u8, line.Id);
            json.WriteString("usd"u8, Usd.Exact(line.Usd));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        End();
    }

    /// <summary>Hands everything on.</summary>
    public void Flush()
    {
        output.Write(buffer.WrittenSpan);
        output.Flush();
        buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose() => json.Dispose();

    private void Begin(string type)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("type"u8, type);
    }

    private void WriteId(string id)
    {
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id.Length == 0 ? "null" : id, skipInputValidation: true);
    }

    private void End()
    {
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        if (buffer.WrittenCount >= FlushAt)
        {
            Flush();
        }
    }
}
