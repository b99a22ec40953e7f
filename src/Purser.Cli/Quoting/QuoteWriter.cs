using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Quoting;

/// <summary>Writes quotes as JSON lines. Amounts are exact decimals in strings, without an exponent and without zeros at their end.</summary>
internal sealed class QuoteWriter : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private static readonly JsonEncodedText[] Classes = [.. UsageClassNames.All.Select(name => JsonEncodedText.Encode(name))];

    private static readonly byte[][] PriceNames =
    [
        .. Enum.GetValues<PriceUnit>().Select(unit => Encoding.ASCII.GetBytes($"price_per_{PriceUnits.NameOf(unit)}")),
    ];

    private readonly Stream output;
    private readonly ArrayBufferWriter<byte> buffer = new(2 * FlushAt);
    private readonly Utf8JsonWriter json;

    public QuoteWriter(Stream output)
    {
        this.output = output;
        json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>Writes a line.</summary>
    /// <param name="id">The id as it was written; empty where there is none.</param>
    /// <param name="quote">The quote.</param>
    public void Write(ReadOnlySpan<byte> id, in UsageQuote quote)
    {
        json.Reset();
        json.WriteStartObject();
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id.IsEmpty ? "null"u8 : id, skipInputValidation: true);
        WriteAmounts(quote);
        json.WriteStartArray("lines"u8);
        for (var index = 0; index < quote.Charge?.Lines.Count; index++)
        {
            WriteLine(quote.Charge.Lines[index]);
        }
        json.WriteEndArray();
        json.WriteString("entry"u8, quote.Charge?.Entry);
        json.WriteString("error"u8, quote.Error);
        WriteBeside(quote);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        if (buffer.WrittenCount >= FlushAt)
        {
            Flush();
        }
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

    // Calls, pages, seconds and the like are neither input nor output: the cost is the sum of all three.
    private void WriteAmounts(in UsageQuote quote)
    {
        var charge = quote.Charge;
        var (input, output) = (0m, 0m);
        for (var index = 0; index < charge?.Lines.Count; index++)
        {
            var line = charge.Lines[index];
            if (line.Unit != PriceUnit.MillionTokens)
            {
                continue;
            }
            if (IsOutput(line.Class))
            {
                output += line.Usd;
            }
            else
            {
                input += line.Usd;
            }
        }
        var isUnknown = charge is null && quote.NotBilled is null;
        WriteAmount("cost_usd"u8, isUnknown ? null : charge?.ExactUsd ?? 0);
        WriteAmount("input_cost_usd"u8, isUnknown ? null : input);
        WriteAmount("output_cost_usd"u8, isUnknown ? null : output);
    }

    private static bool IsOutput(UsageClass usageClass) =>
        usageClass
            is UsageClass.Output
                or UsageClass.ReasoningOutput
                or UsageClass.AudioOutput
                or UsageClass.ImageOutput
                or UsageClass.VideoOutput
                or UsageClass.Citation;

    private void WriteLine(in ChargeLine line)
    {
        json.WriteStartObject();
        json.WriteString("class"u8, Classes[(int)line.Class]);
        json.WriteNumber("quantity"u8, line.Quantity);
        var isOfTokens = line.Unit == PriceUnit.MillionTokens;
        WriteAmount("price_per_mtok"u8, isOfTokens ? line.UsdPerUnit : null);
        if (!isOfTokens)
        {
            WriteAmount(PriceNames[(int)line.Unit], line.UsdPerUnit);
        }
        WriteAmount("cost_usd"u8, line.Usd);
        json.WriteEndObject();
    }

    private void WriteAmount(ReadOnlySpan<byte> name, decimal? amount)
    {
        if (amount is not { } known)
        {
            json.WriteNull(name);
            return;
        }
        Span<byte> text = stackalloc byte[40];
        known.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture);
        var digits = text[..length];
        if (digits.Contains((byte)'.'))
        {
            digits = digits.TrimEnd((byte)'0').TrimEnd((byte)'.');
        }
        json.WriteString(name, digits);
    }

    // What only some lines have.
    private void WriteBeside(in UsageQuote quote)
    {
        if (quote.NotBilled is { } why)
        {
            json.WriteString("not_billed"u8, why);
        }
        if (quote.ProviderCostUsd is { } stated)
        {
            WriteAmount("provider_cost_usd"u8, stated);
        }
        if (quote.UpstreamCostUsd is { } upstream)
        {
            WriteAmount("provider_upstream_cost_usd"u8, upstream);
        }
    }
}
