namespace Purser.Clients.Tests.Acceptance;

/// <summary>One row of docs/clients.md: a client as its users install it, the model that it asks for, and how it's driven.</summary>
internal abstract class InstalledClient
{
    /// <summary>The client's name for people, such as <c>Claude Code</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The package that it's installed from. Its pinned version must be the installed one.</summary>
    public abstract ClientPackage Package { get; }

    /// <summary>Further packages that are installed with it and named beside it, such as providers of the AI SDK.</summary>
    public virtual IReadOnlyList<ClientPackage> Companions => [];

    /// <summary>The model that it asks for.</summary>
    public abstract string Model { get; }

    /// <summary>What a user writes to point it at Purser: lines for a code block, with <c>&lt;gateway&gt;</c> and <c>&lt;key&gt;</c> in them.</summary>
    public abstract string Settings { get; }

    /// <summary>
    /// How many requests may arrive where a budget is exhausted, before the person sees it. What a client sends beside the question itself
    /// (a title for the conversation) counts too.
    /// </summary>
    public virtual int MostRefused => 1;

    /// <summary>
    /// Whether it hands a streamed answer on piece by piece. Where it shows it whole, what is looked at is that the provider was asked for a stream.
    /// </summary>
    public virtual bool ShowsPieces => true;

    /// <summary>How many requests of the tool's case Purser refuses, upon which the client goes on by itself in another way.</summary>
    public virtual int RefusedInTool => 0;

    /// <summary>What goes wrong at the provider in the error's case, as a directive of the simulator's; an unknown one is refused with 400.</summary>
    public virtual string Fault => "500";

    /// <summary>Something that a reader of its row should know; null for nothing.</summary>
    public virtual string? Remark => null;

    /// <summary>The Node that runs clients of npm that are scripts.</summary>
    protected static string Node => Environment.GetEnvironmentVariable("PURSER_NODE") is { Length: > 0 } given ? given : "node";

    /// <summary>The row's name in tests and files: the client and the model.</summary>
    public string Row => $"{Name} ({Model})";

    /// <summary>The version that the installed client tells of itself.</summary>
    public abstract Task<string> VersionAsync();

    /// <summary>Points the client at Purser where that's a step of its own, such as <c>purser connect</c>, while there's money.</summary>
    public virtual Task PointAsync(ClientSession session) => Task.CompletedTask;

    /// <summary>Drives the installed client through a case.</summary>
    /// <param name="errand">What it's asked, and with which key.</param>
    public abstract Task<Shown> RunAsync(Errand errand);

    /// <summary>The row's name.</summary>
    public override string ToString() => Row;
}

/// <summary>What the installed client itself showed.</summary>
/// <param name="Text">What a person sees of it: the answer, or the error's message.</param>
/// <param name="Failed">Whether it says that it failed: an exit code, an exception, an error's event.</param>
internal sealed record Shown(string Text, bool Failed)
{
    /// <summary>The pieces of the answer that it handed on, in order; empty where it wasn't asked to stream.</summary>
    public IReadOnlyList<string> Pieces { get; init; } = [];

    /// <summary>All that it wrote, for the message of a test that fails.</summary>
    public string Log { get; init; } = Text;
}
