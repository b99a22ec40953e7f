using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Quoting;

/// <summary>
/// Writes quotes as JSON lines. Amounts are exact decimals in strings, without an exponent and without zeros at their end. The bytes are put together
/// here: a JSON writer would look through each name and amount for what to escape.
/// </summary>
internal sealed class QuoteWriter(Stream output)
{
    private const int FlushAt = 64 * 1024;

    private static readonly byte[][] Classes = [.. UsageClassNames.All.Select(Encoding.ASCII.GetBytes)];

    private static readonly byte[][] PriceNames =
    [
        .. Enum.GetValues<PriceUnit>().Select(unit => Encoding.ASCII.GetBytes($",\"price_per_{PriceUnits.NameOf(unit)}\":")),
    ];

    private byte[] buffer = new byte[2 * FlushAt];
    private int length;

    /// <summary>Writes a line.</summary>
    /// <param name="id">The id as it was written; empty where there is none.</param>
    /// <param name="quote">The quote.</param>
    public void Write(ReadOnlySpan<byte> id, in UsageQuote quote)
    {
        Put("{\"id\":"u8);
        Put(id.IsEmpty ? "null"u8 : id);
        PutSums(quote);
        Put(",\"lines\":["u8);
        for (var index = 0; index < quote.Charge?.Lines.Count; index++)
        {
            Put(index == 0 ? ""u8 : ","u8);
            PutLine(quote.Charge.Lines[index]);
        }
        Put("],\"entry\":"u8);
        PutText(quote.Charge?.Entry);
        Put(",\"error\":"u8);
        PutText(quote.Error);
        PutBeside(quote);
        Put("}\n"u8);
        if (length >= FlushAt)
        {
            Flush();
        }
    }

    /// <summary>Hands everything on.</summary>
    public void Flush()
    {
        output.Write(buffer, 0, length);
        output.Flush();
        length = 0;
    }

    // Calls, pages, seconds and the like are neither input nor output: the cost is the sum of all three.
    private void PutSums(in UsageQuote quote)
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
        PutAmount(",\"cost_usd\":"u8, isUnknown ? null : charge?.ExactUsd ?? 0);
        PutAmount(",\"input_cost_usd\":"u8, isUnknown ? null : input);
        PutAmount(",\"output_cost_usd\":"u8, isUnknown ? null : output);
    }

    private static bool IsOutput(UsageClass usageClass) =>
        usageClass
            is UsageClass.Output
                or UsageClass.ReasoningOutput
                or UsageClass.AudioOutput
                or UsageClass.ImageOutput
                or UsageClass.VideoOutput
                or UsageClass.Citation;

    private void PutLine(in ChargeLine line)
    {
        Put("{\"class\":\""u8);
        Put(Classes[(int)line.Class]);
        Put("\",\"quantity\":"u8);
        Span<byte> quantity = stackalloc byte[20];
        line.Quantity.TryFormat(quantity, out var digits, provider: CultureInfo.InvariantCulture);
        Put(quantity[..digits]);
        var isOfTokens = line.Unit == PriceUnit.MillionTokens;
        PutAmount(PriceNames[(int)PriceUnit.MillionTokens], isOfTokens ? line.UsdPerUnit : null);
        if (!isOfTokens)
        {
            PutAmount(PriceNames[(int)line.Unit], line.UsdPerUnit);
        }
        PutAmount(",\"cost_usd\":"u8, line.Usd);
        Put("}"u8);
    }

    // What only some lines have.
    private void PutBeside(in UsageQuote quote)
    {
        if (quote.NotBilled is { } why)
        {
            Put(",\"not_billed\":"u8);
            PutText(why);
        }
        if (quote.ProviderCostUsd is { } stated)
        {
            PutAmount(",\"provider_cost_usd\":"u8, stated);
        }
        if (quote.UpstreamCostUsd is { } upstream)
        {
            PutAmount(",\"provider_upstream_cost_usd\":"u8, upstream);
        }
    }

    private void PutAmount(ReadOnlySpan<byte> name, decimal? amount)
    {
        Put(name);
        if (amount is not { } known)
        {
            Put("null"u8);
            return;
        }
        // A decimal has at most 29 digits, and 28 of them, or zeros, after the point.
        const int point = 29;
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(known, parts);
        var places = (parts[3] >> 16) & 0xFF;
        var digits = new UInt128((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        Span<byte> text = stackalloc byte[2 * point];
        text[..point].Fill((byte)'0');
        digits.TryFormat(text[point..], out var count, provider: CultureInfo.InvariantCulture);
        var end = point + count;
        var whole = text[Math.Min(point, end - places - 1)..(end - places)];
        var fraction = text[(end - places)..end].TrimEnd((byte)'0');
        Put(known < 0 ? "\"-"u8 : "\""u8);
        Put(whole);
        Put(fraction.IsEmpty ? ""u8 : "."u8);
        Put(fraction);
        Put("\""u8);
    }

    private void PutText(string? text)
    {
        if (text is null)
        {
            Put("null"u8);
            return;
        }
        var escaped = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);
        Put("\""u8);
        Reserve(Encoding.UTF8.GetMaxByteCount(escaped.Length));
        length += Encoding.UTF8.GetBytes(escaped, buffer.AsSpan(length));
        Put("\""u8);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    private void Reserve(int bytes)
    {
        if (bytes > buffer.Length - length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + bytes));
        }
    }
}
