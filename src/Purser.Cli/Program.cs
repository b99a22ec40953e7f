Console.WriteLine("purser");
