namespace Purser.Cli.Tests;

/// <summary>Runs a command in this process, with streams, an environment and a home folder of its own.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly StringWriter output = new() { NewLine = "\n" };
    private readonly StringWriter error = new() { NewLine = "\n" };
    private MemoryStream written = new();

    public string Home { get; } = Directory.CreateTempSubdirectory("purser-cli-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public string? Input { get; set; }

    /// <summary>What a person types where a secret is asked for; null where nobody can answer.</summary>
    public string? Typed { get; set; }

    /// <summary>What a command that writes bytes wrote, as text.</summary>
    public string Written => System.Text.Encoding.UTF8.GetString(written.ToArray());

    public string Out => output.ToString();

    public string Error => error.ToString();

    /// <summary>A run that finds a fake gateway, and has a key for it.</summary>
    public static CliRun With(FakeGateway gateway)
    {
        var run = new CliRun();
        run.Environment["PURSER_URL"] = gateway.Address;
        run.Environment["PURSER_ADMIN_KEY"] = "pk_admin";
        return run;
    }

    public string File(params string[] path) => Path.Combine([Home, .. path]);

    public string Write(string text, params string[] path)
    {
        var file = File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, text);
        return file;
    }

    public string Read(params string[] path) => System.IO.File.ReadAllText(File(path));

    public Task<int> RunAsync(params string[] args)
    {
        output.GetStringBuilder().Clear();
        error.GetStringBuilder().Clear();
        written = new MemoryStream();
        var context = new CliContext
        {
            Out = output,
            Error = error,
            Input = Input is null ? null : new StringReader(Input),
            AskSecret = Typed is null ? null : question => Answered(question),
            OpenInput = () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Input ?? "")),
            OpenOutput = () => written,
            Environment = name => name == "HOME" ? Home : Environment.GetValueOrDefault(name),
            WorkingDirectory = Home,
        };
        return PurserCommandLine.RunAsync(args, context, TestContext.Current.CancellationToken);
    }

    private string Answered(string question)
    {
        error.Write(question);
        return Typed!;
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
