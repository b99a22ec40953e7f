using System.Text;
using Purser.Core.Pricing;

namespace Purser.Cli.Quoting;

/// <summary>Prices a stream of usage, line by line: a line in, a line out, in their order.</summary>
internal static class UsageQuotes
{
    /// <summary>Runs to the end of the input. A line that can't be priced gets a line with its error, and the run goes on.</summary>
    /// <returns>How many lines there were, and how many of them were priced. Empty lines don't count.</returns>
    public static (long Lines, long Priced) Run(PriceBook book, DateTimeOffset now, Stream input, Stream output)
    {
        var (lines, priced) = (0L, 0L);
        var reader = new LineReader(input);
        var writer = new QuoteWriter(output);
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
            var read = UsageLine.Read(line);
            var quote = UsageQuote.Of(book, read, now);
            writer.Write(read.Id, quote);
            lines++;
            priced += quote.Error is null ? 1 : 0;
        }
        writer.Flush();
        return (lines, priced);
    }
}
