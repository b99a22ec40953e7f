using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Purser.Core.Pricing;

/// <summary>A value of a price file and the line it is on: a text, a list or a map. Price files use no other part of YAML.</summary>
internal sealed class PriceNode
{
    private const int MaxDepth = 16;

    private PriceNode(int line, string? text, IReadOnlyList<PriceNode>? items, IReadOnlyList<(PriceNode Key, PriceNode Value)>? pairs)
    {
        (Line, Text, Items, Pairs) = (line, text, items, pairs);
    }

    public int Line { get; }

    /// <summary>The text of a scalar, as it is written; null for lists and maps.</summary>
    public string? Text { get; }

    public IReadOnlyList<PriceNode>? Items { get; }

    public IReadOnlyList<(PriceNode Key, PriceNode Value)>? Pairs { get; }

    public string Kind =>
        Text is not null ? "a text"
        : Items is not null ? "a list"
        : "a map";

    /// <summary>Reads a file; null, and an error, where it isn't YAML or is empty.</summary>
    /// <param name="file">The file.</param>
    /// <param name="errors">Takes the error.</param>
    /// <param name="beginning">What such a file begins with.</param>
    /// <param name="form">Where its form is to be seen.</param>
    public static PriceNode? Read(
        PriceFile file,
        ICollection<PriceError> errors,
        string beginning = "provider: NAME",
        string form = "prices/providers"
    )
    {
        using var reader = new StringReader(file.Text);
        try
        {
            var parser = new Parser(reader);
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                errors.Add(new(PriceErrorKind.Syntax, file.Name, 1, "the file is empty", $"begin with '{beginning}'"));
                return null;
            }
            var root = Read(parser, 0);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
            {
                throw new YamlException(second.Start, second.End, "a file holds one document");
            }
            return root;
        }
        catch (YamlException exception)
        {
            errors.Add(new(PriceErrorKind.Syntax, file.Name, LineOf(exception.Start), exception.Message, $"see {form} for the form"));
            return null;
        }
    }

    private static PriceNode Read(Parser parser, int depth)
    {
        if (depth > MaxDepth)
        {
            var here = parser.Current!;
            throw new YamlException(here.Start, here.End, "nested too deeply");
        }
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new(LineOf(scalar.Start), scalar.Value, null, null);
        }
        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = new List<PriceNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Read(parser, depth + 1));
            }
            return new(LineOf(sequence.Start), null, items, null);
        }
        if (parser.TryConsume<MappingStart>(out var mapping))
        {
            var pairs = new List<(PriceNode, PriceNode)>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = Read(parser, depth + 1);
                pairs.Add((key, Read(parser, depth + 1)));
            }
            return new(LineOf(mapping.Start), null, null, pairs);
        }
        var other = parser.Consume<ParsingEvent>();
        throw new YamlException(other.Start, other.End, "anchors and aliases are not used here: write the value out");
    }

    private static int LineOf(in Mark mark) => (int)mark.Line;
}
