namespace Purser.Core.Budgets;

/// <summary>What kind of thing a budget is for.</summary>
public enum ScopeKind
{
    /// <summary>An account, with all that is below it.</summary>
    Account,

    /// <summary>One virtual key.</summary>
    Key,

    /// <summary>A person or a service: an account of that kind. Apart from <see cref="Account"/> so that a budget can be for each of them.</summary>
    Member,

    /// <summary>A tag; the id is <c>name=value</c>.</summary>
    Tag,

    /// <summary>One run of an agent, as its client names it.</summary>
    Run,

    /// <summary>A provider, by its name in the configuration.</summary>
    Provider,

    /// <summary>A model, by the name that the provider is asked for.</summary>
    Model,
}

/// <summary>One thing that a request is counted under, or (<see cref="IsEach"/>) each one of a kind.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id, any text. One that only looks like "each" (<c>*</c>, <c>name=*</c>) is an id like every other.</param>
public readonly record struct Scope(ScopeKind Kind, string Id)
{
    private const string EachId = "*";

    /// <summary>Whether this names each one of a kind, not one of them; of tags, each value of one name.</summary>
    public bool IsEach { get; private init; }

    /// <summary>The id as the scope's text has it.</summary>
    public string IdText => ScopeText.Escape(Id, IsEach);

    /// <summary>Each one of a kind. Of tags it's <see cref="EachTag"/>.</summary>
    public static Scope EachOf(ScopeKind kind) => new(kind, EachId) { IsEach = true };

    /// <summary>Each value of a tag.</summary>
    /// <param name="name">The tag's name; it holds no <c>=</c>.</param>
    public static Scope EachTag(string name) => new(ScopeKind.Tag, $"{name}={EachId}") { IsEach = true };

    /// <summary>The "each" that stands for this one.</summary>
    public Scope EachLike() => Kind == ScopeKind.Tag ? EachTag(Id[..Math.Max(0, Id.IndexOf('=', StringComparison.Ordinal))]) : EachOf(Kind);

    /// <summary>Whether a concrete scope is meant by this one.</summary>
    public bool Covers(Scope concrete) =>
        Kind == concrete.Kind
        && (
            IsEach
                ? !concrete.IsEach
                    && (Kind != ScopeKind.Tag || concrete.Id.AsSpan().StartsWith(Id.AsSpan(0, Id.Length - 1), StringComparison.Ordinal))
                : this == concrete
        );

    /// <summary>
    /// <c>account:acct_1</c>. In an id <c>%</c>, <c>+</c>, <c>*</c> and control characters are a <c>%</c> and their two hexadecimal digits:
    /// so a <c>+</c> always stands between the parts of a pair, and a <c>*</c> always means each.
    /// </summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{IdText}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It isn't of that form.</exception>
    internal static Scope Parse(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (colon <= 0 || ScopeText.KindOf(text[..colon]) is not { } kind)
        {
            throw ScopeText.NotAScope(text);
        }

        var id = text[(colon + 1)..];
        return kind != ScopeKind.Tag && id is EachId ? EachOf(kind)
            : kind == ScopeKind.Tag && id.EndsWith("=*") && id.IndexOf('=') == id.Length - 2 ? EachTag(ScopeText.Unescape(id[..^2]))
            : new Scope(kind, ScopeText.Unescape(id));
    }
}

/// <summary>
/// What a budget limits: one thing, or the requests that are under two things at once (a team on a model). Where one of them is "each",
/// every one that occurs has a balance of its own.
/// </summary>
/// <param name="First">The first.</param>
/// <param name="Second">The second, or null.</param>
public readonly record struct BudgetScope(Scope First, Scope? Second = null)
{
    /// <summary>Whether this is written for each one of a kind.</summary>
    public bool IsEach => First.IsEach || Second is { IsEach: true };

    /// <summary>The parts.</summary>
    public IEnumerable<Scope> Parts() => Second is { } second ? [First, second] : [First];

    /// <summary>Whether a part is of a kind.</summary>
    public bool Has(ScopeKind kind) => First.Kind == kind || Second?.Kind == kind;

    /// <summary>Whether a concrete scope is one of those that this stands for, part by part.</summary>
    public bool Covers(BudgetScope concrete) =>
        First.Covers(concrete.First)
        && (Second is { } second ? concrete.Second is { } other && second.Covers(other) : concrete.Second is null);

    /// <summary>One thing.</summary>
    public static implicit operator BudgetScope(Scope scope) => new(scope);

    /// <summary><c>account:acct_1</c> or <c>account:acct_1+model:gpt-x</c></summary>
    public override string ToString() => Second is { } second ? $"{First}+{second}" : First.ToString();

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    /// <exception cref="FormatException">It isn't of that form.</exception>
    public static BudgetScope Parse(string text)
    {
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? Scope.Parse(text) : new BudgetScope(Scope.Parse(text.AsSpan(0, plus)), Scope.Parse(text.AsSpan(plus + 1)));
    }
}
