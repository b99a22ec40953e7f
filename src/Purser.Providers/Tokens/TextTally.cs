using System.Buffers;
using System.Text;

namespace Purser.Providers.Tokens;

/// <summary>Takes the texts of a request one by one.</summary>
internal abstract class TextTally
{
    /// <summary>Takes a text that the model reads.</summary>
    /// <param name="text">UTF-8, unescaped.</param>
    /// <param name="isPlain">Whether it's the text of a message, which vendors document how they count.</param>
    public abstract void Add(ReadOnlySpan<byte> text, bool isPlain);

    /// <summary>Takes a message's role.</summary>
    /// <param name="role">UTF-8, unescaped.</param>
    public abstract void AddRole(ReadOnlySpan<byte> role);

    /// <summary>Takes the definition of a tool.</summary>
    /// <param name="tool">Its JSON.</param>
    public abstract void AddTool(ReadOnlySpan<byte> tool);
}

/// <summary>Takes the shape of all texts.</summary>
internal sealed class ShapeTally : TextTally
{
    private TextShape shape;

    /// <summary>The shape of what was taken.</summary>
    public ref readonly TextShape Shape => ref shape;

    public override void Add(ReadOnlySpan<byte> text, bool isPlain) => shape.Add(text);

    // The frame of a message stands for it.
    public override void AddRole(ReadOnlySpan<byte> role) { }

    public override void AddTool(ReadOnlySpan<byte> tool) => shape.Add(tool);
}

/// <summary>Tokenizes all texts, tools by the recipe of OpenAI's cookbook.</summary>
internal sealed class TiktokenTally(TiktokenEncoding encoding) : TextTally
{
    /// <summary>The tokens of what was taken.</summary>
    public long Tokens { get; private set; }

    /// <summary>How many of them no document vouches for: those of tools, of what isn't a message's text, and of pieces that were cut.</summary>
    public long DoubtfulTokens { get; private set; }

    public override void Add(ReadOnlySpan<byte> text, bool isPlain)
    {
        var chars = ArrayPool<char>.Shared.Rent(text.Length);
        var length = Encoding.UTF8.GetChars(text, chars);
        Add(chars.AsSpan(0, length), isPlain);
        ArrayPool<char>.Shared.Return(chars);
    }

    public override void AddRole(ReadOnlySpan<byte> role) => Add(role, isPlain: true);

    public override void AddTool(ReadOnlySpan<byte> tool)
    {
        var tokens = ToolRecipe.Count(tool, encoding);
        Tokens += tokens;
        DoubtfulTokens += tokens;
    }

    private void Add(ReadOnlySpan<char> text, bool isPlain)
    {
        var tokens = encoding.Count(text, out var cut);
        Tokens += tokens;
        DoubtfulTokens += isPlain ? cut : tokens;
    }
}
