DROP TABLE unfinished_files;
