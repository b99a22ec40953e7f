using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Providers;

/// <summary>
/// One forward pass over a request's body. The format's own code asks for one top-level member after the other and reads
/// or walks its value. Nothing is kept of the content.
/// </summary>
internal ref partial struct RequestScan
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 64;

    private const int MaxModelLength = 256;
    private const int NoMember = -1;

    private readonly ReadOnlySpan<byte> body;
    private readonly TopLevelMembers members;
    private Utf8JsonReader reader;
    private ulong seen;

    private RequestScan(ReadOnlySpan<byte> body, TopLevelMembers members, RequestFacts facts)
    {
        this.body = body;
        this.members = members;
        Facts = facts;
        // One level more than allowed, so that the refusal is ours and has its own name.
        reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
    }

    /// <summary>What was found so far.</summary>
    public RequestFacts Facts { get; }

    /// <summary>Why the body is refused; null while it isn't.</summary>
    public RequestFault? Fault { get; private set; }

    /// <summary>Where the name of the top-level member is whose value is being read, quotes included.</summary>
    public JsonSlice Name { get; private set; }

    /// <summary>Reads the value of a member that the format knows; false where it's at fault.</summary>
    public delegate bool ReadMember(ref RequestScan scan, int member);

    /// <summary>Reads a whole body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="members">The top-level members to look for; <c>model</c> is the first.</param>
    /// <param name="readMember">Called on the first token of each known member's value; leaves the reader on its last.</param>
    /// <param name="pathModel">The model in the path, where the format has it there: the body need name none then.</param>
    /// <returns>The facts or the first fault.</returns>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, TopLevelMembers members, ReadMember readMember, string? pathModel = null)
    {
        if (body.StartsWith("\uFEFF"u8))
        {
            return Refused(RequestFaults.ByteOrderMark, "The body starts with a byte order mark; send plain UTF-8.");
        }
        if (!Utf8.IsValid(body))
        {
            return Refused(RequestFaults.InvalidUnicode, "The body is not valid UTF-8.");
        }
        var scan = new RequestScan(body, members, new RequestFacts(body.Length));
        try
        {
            if ((pathModel is not null && !scan.TakeModel(pathModel)) || !scan.ReadObject(readMember))
            {
                return new UnderstandResult(null, scan.Fault);
            }
            // An Azure client's path names the deployment; what its body says beside it is passed over there, too.
            scan.Facts.Model = pathModel ?? scan.Facts.Model;
            scan.Facts.DropOwnModel();
            return new UnderstandResult(scan.Facts, null);
        }
        catch (JsonException exception)
        {
            var place = $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return Refused(RequestFaults.InvalidJson, $"The body is not valid JSON ({place}).");
        }
    }

    private static UnderstandResult Refused(string code, string message) => new(null, new RequestFault(code, message));

    /// <summary>Refuses the body.</summary>
    /// <returns>False.</returns>
    public bool Refuse(string code, string message, string? param = null)
    {
        Fault ??= new RequestFault(code, message, param);
        return false;
    }

    private bool ReadObject(ReadMember readMember)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            // What isn't JSON at all has thrown by now, or does here.
            while (reader.CurrentDepth < MaxDepth && reader.Read()) { }
            return Refuse(RequestFaults.NotAnObject, "The body must be a JSON object.");
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (!Recognize(out var member))
            {
                return false;
            }
            Name = new JsonSlice((int)reader.TokenStartIndex, reader.ValueSpan.Length + 2);
            reader.Read();
            if (!(member == NoMember ? Walk(WalkRules.None) : readMember(ref this, member)))
            {
                return false;
            }
        }
        Facts.BodyEnd = (int)reader.TokenStartIndex;
        // Throws for anything but white space after the object.
        reader.Read();
        return Facts.Model.Length > 0 || Refuse(RequestFaults.ModelMissing, "The body names no model.", members.Name(0));
    }

    private bool Recognize(out int member)
    {
        member = NoMember;
        if (!TextIsUnicode())
        {
            return false;
        }
        for (var index = 0; index < members.Count; index++)
        {
            if (reader.ValueTextEquals(members.Utf8(index)))
            {
                member = members.MemberOf(index);
                break;
            }
        }
        if (member == NoMember)
        {
            return IsUnambiguous();
        }
        var bit = 1UL << member;
        if ((seen & bit) != 0)
        {
            var name = members.Name(member);
            return Refuse(RequestFaults.DuplicateMember, $"The member '{name}' is there more than once.", name);
        }
        seen |= bit;
        return true;
    }

    // Decoders that ignore case (Go's) would read "Max_Tokens" as max_tokens.
    private bool IsUnambiguous()
    {
        const int longestEscaped = 6 * 64;
        if (reader.ValueSpan.Length > longestEscaped)
        {
            return true;
        }
        Span<byte> copy = stackalloc byte[longestEscaped];
        ReadOnlySpan<byte> name = copy[..reader.CopyString(copy)];
        for (var index = 0; index < members.Count; index++)
        {
            if (Ascii.EqualsIgnoreCase(name, members.Utf8(index)))
            {
                var known = members.Name(members.MemberOf(index));
                return Refuse(RequestFaults.AmbiguousMember, $"A member differs from '{known}' in upper and lower case alone.", known);
            }
        }
        return true;
    }

    private bool TextIsUnicode() =>
        !reader.ValueIsEscaped
        || JsonReading.EscapesArePaired(reader.ValueSpan)
        || Refuse(RequestFaults.InvalidUnicode, "A string in the body has half of a surrogate pair.");

    /// <summary>Whether the value is <c>null</c>: the same as a member that isn't there.</summary>
    public readonly bool IsNull => reader.TokenType == JsonTokenType.Null;

    /// <summary>The kind of the value's first token.</summary>
    public readonly JsonTokenType Token => reader.TokenType;

    /// <summary>Reads the model.</summary>
    public bool ReadModel()
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return Refuse(RequestFaults.InvalidMember, "'model' must be a string.", "model");
        }
        if (!TextIsUnicode())
        {
            return false;
        }
        Facts.ModelToken = TokenSlice();
        Facts.ModelMember = MemberSlice();
        // An escape is at most six bytes for a character, so a longer token is too long whatever it says.
        return reader.ValueSpan.Length <= MaxModelLength * 6 && JsonReading.TryText(ref reader, out var model)
            ? TakeModel(Facts.ModelInBody = model)
            : TakeModel("");
    }

    private bool TakeModel(string model)
    {
        var isClean = !model.AsSpan().ContainsAnyInRange('\0', '\x1f') && !string.IsNullOrWhiteSpace(model);
        if (isClean && model.Length <= MaxModelLength)
        {
            Facts.Model = model;
            return true;
        }
        return Refuse(RequestFaults.InvalidMember, "'model' must have 1 to 256 characters and no control characters.", "model");
    }

    /// <summary>Where the top-level member is whose value is the token that the reader is on: from its name to the value's end.</summary>
    public readonly JsonSlice MemberSlice() => new(Name.Offset, (int)reader.BytesConsumed - Name.Offset);

    /// <summary>Where the token is that the reader is on, quotes included.</summary>
    public readonly JsonSlice TokenSlice() => new((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));

    /// <summary>Whether the number that the reader is on is zero.</summary>
    public readonly bool IsZero => reader.TryGetInt64(out var number) && number == 0;

    /// <summary>How many characters the string has that the reader is on, each of Unicode's counted once; 0 of what is no string.</summary>
    public readonly long Characters()
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return 0;
        }
        if (!reader.ValueIsEscaped)
        {
            return CountOf(reader.ValueSpan);
        }
        var text = new byte[reader.ValueSpan.Length];
        return CountOf(text.AsSpan(0, reader.CopyString(text)));
    }

    // Every byte of UTF-8 but those that continue a character.
    private static long CountOf(ReadOnlySpan<byte> utf8)
    {
        var count = 0L;
        foreach (var unit in utf8)
        {
            count += (unit & 0xC0) == 0x80 ? 0 : 1;
        }
        return count;
    }

    /// <summary>Reads true, false or null (false).</summary>
    public bool ReadBoolean(string name, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return value
            || reader.TokenType is JsonTokenType.False or JsonTokenType.Null
            || Refuse(RequestFaults.InvalidMember, $"'{name}' must be true or false.", name);
    }

    /// <summary>Reads an integer from 1 to <paramref name="most"/>, or null.</summary>
    public bool ReadPositive(string name, long most, out long? value)
    {
        value = null;
        if (IsNull)
        {
            return true;
        }
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 1 && number <= most)
        {
            value = number;
            return true;
        }
        var limits = most == long.MaxValue ? "a positive integer" : $"an integer from 1 to {most}";
        return Refuse(RequestFaults.InvalidMember, $"'{name}' must be {limits}.", name);
    }

    /// <summary>Reads a limit of output tokens; of several limits the largest counts.</summary>
    public bool ReadOutputLimit(string name)
    {
        if (!ReadPositive(name, long.MaxValue, out var limit))
        {
            return false;
        }
        Facts.AddOutputLimit(new OutputLimit(TokenSlice(), limit, IsOwn: true));
        return true;
    }

    /// <summary>Reads a limit of output tokens of which zero and less mean that there is none, as Ollama's does; what is no integer is read on the dear side.</summary>
    public bool ReadOpenLimit(string name)
    {
        if (!IsNull && reader.TokenType != JsonTokenType.Number)
        {
            return Refuse(RequestFaults.InvalidMember, $"'{name}' must be a number.", name);
        }
        var isNone = IsNull || (reader.TryGetDecimal(out var number) && number <= 0);
        Facts.AddOutputLimit(new OutputLimit(TokenSlice(), isNone ? null : Stated(), IsOwn: true));
        return true;
    }

    /// <summary>Reads a string that the price depends on, or null. Anything else is refused.</summary>
    public bool ReadChoice(string name, out string? value)
    {
        const int maxLength = 64;
        value = null;
        if (IsNull)
        {
            return true;
        }
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > maxLength || !TextIsUnicode())
        {
            return Refuse(RequestFaults.InvalidMember, $"'{name}' must be a short string.", name);
        }
        value = reader.GetString();
        return true;
    }

    /// <summary>Reads a string that is only recorded; what is no string is passed over.</summary>
    public bool ReadLabel(int maxLength, out string? value)
    {
        value = null;
        if (reader.TokenType != JsonTokenType.String)
        {
            return Walk(WalkRules.None);
        }
        if (!TextIsUnicode())
        {
            return false;
        }
        if (reader.ValueSpan.Length <= 6 * maxLength + 64)
        {
            value = JsonReading.Clean(reader.GetString(), maxLength);
        }
        return true;
    }

    /// <summary>Goes to the next member of an object that was entered. False at its end.</summary>
    public bool NextMember(out string name)
    {
        const int longest = 128;
        reader.Read();
        name = "";
        if (reader.TokenType == JsonTokenType.EndObject || !TextIsUnicode())
        {
            return false;
        }
        if (reader.ValueSpan.Length <= longest)
        {
            name = reader.GetString() ?? "";
        }
        reader.Read();
        return true;
    }

    /// <summary>Goes to the next element of an array that was entered. False at its end.</summary>
    public bool NextElement()
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.EndArray;
    }
}

/// <summary>
/// The top-level members that a format reads: at most 64, <c>model</c> first. One that may be spelled in several ways has them all, with
/// <c>|</c> between: it counts as there twice where two spellings are.
/// </summary>
internal sealed class TopLevelMembers(params string[] names)
{
    private readonly string[] first = [.. names.Select(name => name.Split('|')[0])];

    private readonly (byte[] Utf8, int Member)[] spellings =
    [
        .. names.SelectMany((name, member) => name.Split('|').Select(spelling => (Encoding.UTF8.GetBytes(spelling), member))),
    ];

    /// <summary>How many spellings there are.</summary>
    public int Count => spellings.Length;

    /// <summary>A member's name.</summary>
    public string Name(int member) => first[member];

    /// <summary>A spelling in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(int index) => spellings[index].Utf8;

    /// <summary>The member that a spelling names.</summary>
    public int MemberOf(int index) => spellings[index].Member;
}
