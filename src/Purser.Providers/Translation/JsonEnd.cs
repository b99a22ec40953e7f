namespace Purser.Providers.Translation;

/// <summary>Follows JSON that comes in pieces, to know whether its one object is whole.</summary>
internal struct JsonEnd
{
    private int depth;
    private bool inString;
    private bool isEscaped;
    private bool hasBegun;

    /// <summary>Whether an object or a list began, and all that began has ended.</summary>
    public readonly bool IsWhole => hasBegun && depth == 0;

    /// <summary>Takes the next piece.</summary>
    public void Take(ReadOnlySpan<byte> piece)
    {
        foreach (var mark in piece)
        {
            if (isEscaped)
            {
                isEscaped = false;
            }
            else if (inString)
            {
                isEscaped = mark == (byte)'\\';
                inString = mark != (byte)'"';
            }
            else if (mark is (byte)'{' or (byte)'[')
            {
                depth++;
                hasBegun = true;
            }
            else if (mark is (byte)'}' or (byte)']')
            {
                depth--;
            }
            else
            {
                inString = mark == (byte)'"';
            }
        }
    }
}
